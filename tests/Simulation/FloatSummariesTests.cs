using System.Runtime.InteropServices;
using Wage.Numbers;
using Wage.Observation;
using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Tensors;

namespace Wage.Tests.Simulation;

/// <summary>What observers are told of quantizers with scales of their own, against numbers counted by hand.</summary>
[Parallelizable]
public sealed class FloatSummariesTests
{
    private static readonly BinaryNumber One = new(1, 0);

    [Test]
    public void CodesAreCounted()
    {
        var grid = new AffineGrid(0.5f, -1, new CodeRange(-2, 1));              // the values -0.5, 0, 0.5, 1
        float[] x = [0, 0.1f, -0.2f, 0.5f, 1.25f, 1.3f, -0.75f, -0.8f, 7];
        float[] y = [0, 0, 0, 0.5f, 1, 1, -0.5f, -0.5f, 1];
        var s = FloatSummaries.Codes(x, y, 2, [grid]);
        Assert.That(
            (s.Bits, s.Codes, s.Used, s.Saturated, s.Underflowed, s.Grids), Is.EqualTo((2, 4, 4, 3L, 2L, 1)), "1.3, -0.8, 7; 0.1, -0.2");
        Assert.That((s.Least, s.Greatest), Is.EqualTo((new BinaryNumber(-1, -1), One)));
        Assert.That((s.Scale, s.ZeroPoint), Is.EqualTo(((new BinaryNumber(1, -1), new BinaryNumber(1, -1)), (-1, -1))));
        Assert.That(FloatSummaries.Codes(x.AsSpan(0, 4), y.AsSpan(0, 4), 2, [grid]).Used, Is.EqualTo(2));
    }

    [Test]
    public void EveryChannelHasItsOwnGridAndTheirEndsAreTold()
    {
        AffineGrid[] grids = [AffineGrid.Symmetric("w", 1, 3), AffineGrid.Symmetric("w", 6, 3), AffineGrid.Symmetric("w", 0, 3)];
        float[] w = [1, -1, 6, 1.4f, 0, 0];
        float[] q = [1, -1, 6, 2, 0, 0];
        var s = FloatSummaries.Codes(w, q, 3, grids);
        Assert.That((s.Codes, s.Used, s.Saturated, s.Grids), Is.EqualTo((7, 4, 0L, 3)), "codes -3, 3, 1, 0");
        Assert.That((s.Least, s.Greatest), Is.EqualTo((new BinaryNumber(-6, 0), new BinaryNumber(6, 0))));
        Assert.That(s.Scale, Is.EqualTo((FloatSummaries.Exact(1f / 3), new BinaryNumber(2, 0))));
    }

    [Test]
    public void ChannelsAreComparedByWhatEnteredAndDeadByWhatLeft()
    {
        var (x, y) = (Tensor(4, 3, 0, 0.1f, 8, 0, -0.2f, 4), Tensor(4, 3, 0, 0, 8, 0, 0, 4));
        var columns = FloatSummaries.Channels(x, y, FloatChannelsOf.Columns, 6)!;
        Assert.That((columns.Count, columns.Dead, columns.FirstDead, columns.Widest), Is.EqualTo((3, 2, (int?)0, 2)));
        Assert.That((columns.Reach, columns.Median), Is.EqualTo((new BinaryNumber(8, 0), FloatSummaries.Exact(0.2f))));
        Assert.That(columns.Clip, Is.EqualTo(new BinaryNumber(6, 0)));
        var rows = FloatSummaries.Channels(x, x, FloatChannelsOf.Rows, null)!;
        Assert.That((rows.Count, rows.Dead, rows.FirstDead, rows.Widest), Is.EqualTo((4, 2, (int?)2, 0)), "the last two rows are 0");
        Assert.That(FloatSummaries.Channels(x, y, FloatChannelsOf.None, null), Is.Null);
    }

    [Test]
    public void ObserversSeeWhatAnyQuantizerReports()
    {
        var view = new FloatView();
        view.Room(12);
        List<StepTensor> seen = [];
        view.ShowCodes("conv1", Quantity.Errors, Tensor(4, 3, 1), Tensor(4, 3, 1), 2, [AffineGrid.Of("e", 0, 1, 2)]);
        view.Observer = new Look(seen);
        view.ShowCodes("conv1", Quantity.Errors, Tensor(4, 3, 1), Tensor(4, 3, 1), 2, [AffineGrid.Of("e", 0, 1, 2)], isState: true);
        view.ShowCodes("conv1", Quantity.Weights, Tensor(4, 3, 1), Tensor(4, 3, 1), 8, [], folded: [0.5, -2]);
        Assert.That(seen.Select(tensor => (tensor.Quantity, tensor.Codes?.IsState, tensor.Channels?.Count)), Is.EqualTo(new[]
        {
            (Quantity.Errors, (bool?)true, (int?)null), (Quantity.Weights, null, 4),
        }));
        Assert.That(FloatSummaries.Ends([0.5, -2]), Is.EqualTo((new BinaryNumber(1, -1), new BinaryNumber(2, 0))));
    }

    /// <summary>Looking must not end what would go on: it is the step that says what it cannot compute with.</summary>
    [Test]
    public void WhatIsNotFiniteIsShownBeyondAllElse()
    {
        var view = new FloatView();
        view.Room(4);
        List<StepTensor> seen = [];
        List<int[]> values = [];
        view.Observer = new Look(seen) { Values = values };
        float[] x = [float.PositiveInfinity, float.NaN, float.NegativeInfinity, 0.75f];
        view.Show("conv1", Quantity.Errors, Tensor(2, 2, x), FloatChannelsOf.Rows);
        view.ShowCodes("conv1", Quantity.Weights, Tensor(2, 2, x), Tensor(2, 2, 1, 1, -1, 0.75f), 8, [AffineGrid.Of("e", -1, 1, 8)]);
        Assert.That(values[0], Is.EqualTo(new[] { int.MaxValue, int.MaxValue, -int.MaxValue, 3 << 28 }));
        Assert.That(seen[0].Channels!.Reach, Is.EqualTo(FloatSummaries.Exact(float.MaxValue)));
        Assert.That(seen[1].Codes!.Saturated, Is.EqualTo(3));
    }

    private static FloatTensor Tensor(int rows, int columns, params float[] values)
    {
        var tensor = new FloatTensor(new Shape(rows, columns));
        values.CopyTo(tensor.Span);
        return tensor;
    }

    private sealed class Look(List<StepTensor> seen) : IStepObserver
    {
        public List<int[]> Values { get; init; } = [];

        public void See(in StepTensor tensor)
        {
            seen.Add(tensor);
            Values.Add([.. MemoryMarshal.Cast<byte, int>(((HostTensor)tensor.Values).Bytes)]);
        }
    }
}
