using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Trust;
using Wage.Quantization;

namespace Wage.Tests.Experiments.Trust;

[Parallelizable]
internal sealed class CheckCasesTests
{
    [Test]
    public void ProductsKeepTheirKernelAndTheirTerms()
    {
        foreach (var (name, g) in BenchCatalog.VggLayers())
        {
            var small = CheckCases.Reduced(g);
            Assert.That(
                (small.KernelHeight, small.KernelWidth, small.Stride, small.Channels, small.Padding, small.FanIn),
                Is.EqualTo((g.KernelHeight, g.KernelWidth, g.Stride, g.Channels, g.Padding, g.FanIn)), name);
            Assert.That(small.MacsPerImage * small.Batch, Is.LessThan(50_000_000), "seconds of scalar loops");
        }

        foreach (var (groups, filters) in (ReadOnlySpan<(int, int)>)[(4, 1024), (512, 512), (256, 1024)])
        {
            var g = new ConvGeometry(128, 28, 28, 512, filters, 3, 3, 2, Padding.Same(28, 28, 3, 3, 2), groups);
            var small = CheckCases.Reduced(g);
            Assert.That((small.FanIn, small.Filters % small.Groups, small.Channels % small.Groups), Is.EqualTo((g.FanIn, 0, 0)));
            Assert.That(small.Groups, Is.GreaterThan(1).Or.EqualTo(g.GroupFilters > 64 ? 1 : 2));
        }

        var valid = CheckCases.Reduced(new ConvGeometry(128, 28, 28, 1, 32, 7, 7, 2, Padding.None));
        Assert.That((valid.OutputHeight, valid.OutputWidth), Is.EqualTo((1, 1)));
    }

    [Test]
    public void TheFirstRoundHasEveryOperationOnce()
    {
        string[] names =
            [StageName<ActivationStage>.Convolve, nameof(IBackend.ConvolveError), nameof(IBackend.ConvolveGradient), FunctionName<WeightClip>.Name];
        var g = ConvGeometry.Dense(4, 5, 6);
        Operation[] operations =
        [
            .. names.Select(name => new Operation(name, name == FunctionName<WeightClip>.Name ? null : g)),
            new(nameof(IBackend.ConvolveError), ConvGeometry.Dense(4, 7, 6)), new(nameof(IBackend.Allocate), null),
        ];
        var cases = CheckCases.Of(operations, [new SchemeBits(2, 8, 8, 12)]).ToList();
        Assert.That(cases.TakeWhile(one => one.IsFirst).Select(one => one.Case.Operation), Is.EqualTo(names));
        Assert.That(cases.Count(one => one.Case.Operation == nameof(IBackend.ConvolveError)), Is.EqualTo(2), "one of each geometry");
        using var host = new HostBackend(1);
        foreach (var (one, _) in cases.Take(8)) Assert.That(one.Difference(new ReferenceBackend(), host), Is.Null, one.ToString());
    }
}
