using System.Text;
using Wage.Files;
using Wage.Tests.Experiments;
using Wage.Tests.Traces;

namespace Wage.Tests.Files;

[Parallelizable]
public sealed class NpyFileTests
{
    [Test]
    public void TheBytesAreThoseThatNumpyWrites()
    {
        using var scratch = new ScratchFolder();
        NpyFile.Write<int>(scratch.In("a.npy"), [1, -2, 3, 4, 5, 0x01020304], 2, 3);
        const string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }";
        byte[] expected =
        [
            0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header.PadRight(117) + "\n"),
            1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 4, 3, 2, 1,
        ];
        Assert.That(File.ReadAllBytes(scratch.In("a.npy")), Is.EqualTo(expected));
    }

    [Test]
    public void EveryElementTypeAndShapeReadsBack()
    {
        using var scratch = new ScratchFolder();
        ReadsBack<byte>("|u1", [0, 255], 2);
        ReadsBack<sbyte>("|i1", [-128, 127, 0], 3, 1, 1);
        ReadsBack<short>("<i2", [short.MinValue, short.MaxValue], 1, 2);
        ReadsBack<int>("<i4", [int.MinValue], 1);
        ReadsBack<long>("<i8", [long.MinValue, long.MaxValue, -1, 0], 2, 2);
        ReadsBack<uint>("<u4", [uint.MaxValue, 7], 2);

        void ReadsBack<T>(string type, T[] values, params int[] shape)
            where T : unmanaged, System.Numerics.IBinaryInteger<T>
        {
            NpyFile.Write<T>(scratch.In("b.npy"), values, shape);
            var array = NpyArray.Read(scratch.In("b.npy"));
            Assert.That((array.Type, string.Join(',', array.Shape)), Is.EqualTo((type, string.Join(',', shape))));
            Assert.That(array.Values, Is.EqualTo(Array.ConvertAll(values, long.CreateChecked)));
        }
    }

    [Test]
    public void TheElementsBeginAtAMultipleOf64ForEveryLengthOfHeader()
    {
        using var scratch = new ScratchFolder();
        for (var rank = 1; rank < 40; rank++)
        {
            NpyFile.Write<byte>(scratch.In("c.npy"), [7], [.. Enumerable.Repeat(1, rank)]);
            var bytes = File.ReadAllBytes(scratch.In("c.npy"));
            Assert.That((bytes.Length - 1) % 64, Is.Zero);
            Assert.That(NpyArray.Read(scratch.In("c.npy")).Shape, Has.Length.EqualTo(rank));
        }
    }

    [Test]
    public void AShapeOfAnotherLengthIsRefused() => Assert.That(() => NpyFile.Write<int>("never", [1, 2], 3), Throws.ArgumentException);
}
