using System.Runtime.Intrinsics;
using Wage.Backends.Host;

namespace Wage.Tests.Backends;

/// <summary>The instructions of <see cref="AdvSimdTile"/>'s steps, lane by lane as Arm's manual has them.</summary>
internal static unsafe class EmulatedArm64
{
    /// <summary>Int16.</summary>
    public static TileKernel Words { get; } = new(6, 2, &AdvSimdTile.Multiply<Word>);

    /// <summary>Signed bytes.</summary>
    public static TileKernel Bytes { get; } = new(6, 4, &AdvSimdTile.Multiply<Byte>);

    private readonly struct Word : IAdvSimdStep
    {
        public static int Size => sizeof(short);

        public static (Vector128<byte> First, Vector128<byte> Second) Columns(Vector128<byte> first, Vector128<byte> second) =>
            (Unzip(first.AsInt16(), second.AsInt16(), 0), Unzip(first.AsInt16(), second.AsInt16(), 1));

        public static Vector128<int> Lower(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) =>
            Widening(Widening(sum, first, x, 0, 0), second, x, 1, 0);

        public static Vector128<int> Upper(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) =>
            Widening(Widening(sum, first, x, 0, 4), second, x, 1, 4);

        /// <summary>UZP1, UZP2.</summary>
        private static Vector128<byte> Unzip(Vector128<short> a, Vector128<short> b, int odd)
        {
            var all = Vector128<short>.Zero;
            for (var i = 0; i < 4; i++) all = all.WithElement(i, a[(2 * i) + odd]).WithElement(i + 4, b[(2 * i) + odd]);
            return all.AsByte();
        }

        /// <summary>SMLAL, SMLAL2 by an element.</summary>
        private static Vector128<int> Widening(Vector128<int> sum, Vector128<byte> b, Vector128<int> x, int term, int first)
        {
            for (var i = 0; i < 4; i++) sum = sum.WithElement(i, unchecked(sum[i] + (b.AsInt16()[first + i] * x.AsInt16()[term])));
            return sum;
        }
    }

    private readonly struct Byte : IAdvSimdStep
    {
        public static int Size => sizeof(sbyte);

        public static (Vector128<byte> First, Vector128<byte> Second) Columns(Vector128<byte> first, Vector128<byte> second) => (first, second);

        public static Vector128<int> Lower(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) => Dot(sum, x, first);

        public static Vector128<int> Upper(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) =>
            Dot(sum, x, second);

        /// <summary>SDOT.</summary>
        private static Vector128<int> Dot(Vector128<int> sum, Vector128<int> x, Vector128<byte> b)
        {
            for (var i = 0; i < 16; i++) sum = sum.WithElement(i / 4, unchecked(sum[i / 4] + (x.AsSByte()[i] * b.AsSByte()[i])));
            return sum;
        }
    }
}
