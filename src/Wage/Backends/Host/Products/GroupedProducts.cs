using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Grouped convolutions whose groups have several channels: the products of one group after the other, whose channels are first copied together.
/// </summary>
internal sealed unsafe class GroupedProducts(HostEngine engine, HostProducts products)
{
    /// <summary>As <see cref="HostProducts.Run"/>.</summary>
    public void Run(ProductKind kind, Tensor x, Tensor w, Tensor y, in ConvGeometry g)
    {
        var part = g.Group;
        var inputs = engine.Scratch.Tensor(KeptTensor.GroupInputs, x.Type, part.InputLength);
        var weights = engine.Scratch.Tensor(KeptTensor.GroupWeights, w.Type, part.WeightLength);
        var outputs = engine.Scratch.Tensor(KeptTensor.GroupOutputs, y.Type, part.OutputLength);
        for (var group = 0; group < g.Groups; group++)
        {
            if (kind != ProductKind.Error) Copy(x, inputs, group, part.Channels, g.Channels, true);
            if (kind != ProductKind.Gradient) Copy(w, weights, group, weights.Length, w.Length, true);
            if (kind != ProductKind.Forward) Copy(y, outputs, group, part.Filters, g.Filters, true);
            products.Run(kind, inputs, weights, outputs, part);
            if (kind == ProductKind.Error) Copy(x, inputs, group, part.Channels, g.Channels, false);
            if (kind == ProductKind.Gradient) Copy(w, weights, group, weights.Length, w.Length, false);
            if (kind == ProductKind.Forward) Copy(y, outputs, group, part.Filters, g.Filters, false);
        }
    }

    /// <summary>part[row, i] = all[row, group columns + i], or the other way round; weights are one row.</summary>
    private void Copy(Tensor all, HostTensor part, int group, int columns, int allColumns, bool take)
    {
        var size = part.Type.Size();
        var work = (from: ((HostTensor)all).Address + (group * (nint)columns * size), to: part.Address, bytes: columns * size,
            pitch: (long)allColumns * size, take);
        engine.Ranges(part.Length / columns, work, static (in s, start, n) =>
        {
            byte* whole = (byte*)s.from + (start * s.pitch), mine = (byte*)s.to + ((long)start * s.bytes);
            for (var i = 0; i < n; i++, whole += s.pitch, mine += s.bytes)
            {
                if (s.take) new ReadOnlySpan<byte>(whole, s.bytes).CopyTo(new Span<byte>(mine, s.bytes));
                else new ReadOnlySpan<byte>(mine, s.bytes).CopyTo(new Span<byte>(whole, s.bytes));
            }
        });
    }
}
