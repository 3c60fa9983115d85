using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Grouped convolutions whose groups have several channels: the products of one group after the other, whose channels are first copied together.
/// </content>
public sealed unsafe partial class HostBackend
{
    private readonly Dictionary<(GroupOperand, ElementType, int), HostTensor> groupTensors = [];

    private enum GroupOperand
    {
        Inputs,
        Weights,
        Outputs,
    }

    private static ConvGeometry GroupOf(in ConvGeometry g) => g with { Channels = g.GroupChannels, Filters = g.GroupFilters, Groups = 1 };

    private void GroupedForward(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        var part = GroupOf(g);
        var (inputs, weights, outputs) = GroupTensors(x.Type, part, ElementType.Int8, accumulator.Type);
        for (var group = 0; group < g.Groups; group++)
        {
            TakeChannels(x, group, inputs, part.Channels, g.Channels);
            CopyWeights(w, group, weights, true);
            Convolve(inputs, weights, part, outputs);
            PutChannels(outputs, group, accumulator, part.Filters, g.Filters);
        }
    }

    private void GroupedError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        var part = GroupOf(g);
        var (inputs, weights, outputs) = GroupTensors(delta.Type, part, ElementType.Int8, e.Type);
        for (var group = 0; group < g.Groups; group++)
        {
            TakeChannels(e, group, outputs, part.Filters, g.Filters);
            CopyWeights(w, group, weights, true);
            ConvolveError(outputs, weights, part, inputs);
            PutChannels(inputs, group, delta, part.Channels, g.Channels);
        }
    }

    private void GroupedGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        var part = GroupOf(g);
        var (inputs, weights, outputs) = GroupTensors(x.Type, part, gradient.Type, e.Type);
        for (var group = 0; group < g.Groups; group++)
        {
            TakeChannels(x, group, inputs, part.Channels, g.Channels);
            TakeChannels(e, group, outputs, part.Filters, g.Filters);
            ConvolveGradient(inputs, outputs, part, weights);
            CopyWeights(gradient, group, weights, false);
        }
    }

    /// <summary>Kept, so that a step allocates nothing.</summary>
    private (HostTensor Inputs, HostTensor Weights, HostTensor Outputs) GroupTensors(
        ElementType inputs, in ConvGeometry part, ElementType weights, ElementType outputs)
    {
        return (
            Of(GroupOperand.Inputs, inputs, part.InputLength), Of(GroupOperand.Weights, weights, part.WeightLength),
            Of(GroupOperand.Outputs, outputs, part.OutputLength));

        HostTensor Of(GroupOperand operand, ElementType type, long length) =>
            groupTensors.TryGetValue((operand, type, (int)length), out var known)
                ? known
                : groupTensors[(operand, type, (int)length)] = HostTensor.Create(type, new Shape((int)length));
    }

    private static void CopyWeights(Tensor all, int group, HostTensor part, bool take)
    {
        var mine = part.Bytes;
        var whole = ((HostTensor)all).Bytes.Slice(group * mine.Length, mine.Length);
        if (take) whole.CopyTo(mine);
        else mine.CopyTo(whole);
    }

    /// <summary>part[pixel, c] = all[pixel, group channels + c].</summary>
    private void TakeChannels(Tensor all, int group, HostTensor part, int channels, int allChannels) =>
        CopyChannels(Address((HostTensor)all), allChannels, group * channels, Address(part), channels, 0, channels, part);

    /// <summary>all[pixel, group channels + c] = part[pixel, c].</summary>
    private void PutChannels(HostTensor part, int group, Tensor all, int channels, int allChannels) =>
        CopyChannels(Address(part), channels, 0, Address((HostTensor)all), allChannels, group * channels, channels, part);

    private void CopyChannels(nint from, int fromPitch, int fromFirst, nint to, int toPitch, int toFirst, int channels, HostTensor part)
    {
        var (pixels, size) = (part.Length / channels, part.Type.Size());
        var work = (from: from + ((nint)fromFirst * size), fromPitch: (long)fromPitch * size, to: to + ((nint)toFirst * size),
            toPitch: (long)toPitch * size, bytes: channels * size);
        Ranges(pixels, work, static (in s, start, n) =>
        {
            byte* source = (byte*)s.from + (start * s.fromPitch), target = (byte*)s.to + (start * s.toPitch);
            for (var i = 0; i < n; i++, source += s.fromPitch, target += s.toPitch)
                new ReadOnlySpan<byte>(source, s.bytes).CopyTo(new Span<byte>(target, s.bytes));
        });
    }

    private static nint Address(HostTensor tensor) => tensor switch
    {
        HostTensor<sbyte> t => (nint)t.Pointer,
        HostTensor<short> t => (nint)t.Pointer,
        HostTensor<int> t => (nint)t.Pointer,
        _ => (nint)((HostTensor<long>)tensor).Pointer,
    };
}
