using Wage.Layers;
using Wage.Models;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>
/// Turns the description of layers that follow each other into layers of the float32 domain. A block begins with a product, a residual sum or a
/// concatenation, and ends where the next one begins, or an average pool, a dropout or a <see cref="QuantizeSpec"/> says so: there its activations
/// are shown, and the scheme may quantize them.
/// </summary>
/// <param name="build">Where memory, names and parameters come from.</param>
/// <param name="shape">The input's extents.</param>
/// <param name="grid">The place after which the input's grid is named.</param>
/// <param name="joins">The concatenation whose part the layers are; null: none.</param>
internal sealed class FloatArranger(FloatBuilder build, Shape shape, string grid, string? joins = null)
{
    private readonly List<FloatLayer> layers = [];
    private Shape shape = shape;
    private string grid = grid;
    private string? open;
    private string last = "loss";
    private FloatPlace place;
    private float? clip;

    /// <summary>False where the block's product shows the errors that it is given, for they are quantized there.</summary>
    private bool showsErrors = true;

    /// <summary>True while somebody else reads the tensor too, so that it must not be overwritten.</summary>
    private bool shared = true;

    /// <summary>The whole network, from the images to the scores.</summary>
    /// <returns>The layers, and the extents of the scores.</returns>
    /// <exception cref="WageException">A shape does not fit, or the scheme has no such layer.</exception>
    public (FloatChain Layers, Shape Scores) Network(SpecList<LayerSpec> specs)
    {
        build.Observe(shape);
        build.Fixups = FixupSpecs.Residuals(specs);
        Offer(new FloatSite(grid, FloatPlace.Input, shape));
        for (var i = 0; i < specs.Count; i++) Add(specs, i, givesScores: !specs.Skip(i + 1).Any(spec => spec is ProductSpec));
        build.Observe(shape);
        layers.Add(new FloatShown(build.View, last, Quantity.Scores, showsErrors));
        return (new FloatChain("network", layers), shape);
    }

    /// <summary>Layers inside a layer.</summary>
    /// <param name="name">The layer's.</param>
    /// <param name="specs">The layers.</param>
    /// <param name="errors">See <see cref="ErrorMemory.Inside"/>.</param>
    /// <param name="residuals">Of a residual's branch with Fixup: how many there are.</param>
    private (FloatChain Layers, Shape Output) Branch(string name, SpecList<LayerSpec> specs, int errors, int? residuals = null)
    {
        var around = build.Errors;
        build.Errors = around.Inside(errors);
        for (var i = 0; i < specs.Count; i++)
            Add(specs, i, givesScores: false, residuals is { } all ? FixupSpecs.Start(all, specs, i) : null);
        End(joins);
        build.Errors = around;
        return (new FloatChain(name, layers), shape);
    }

    private void Add(SpecList<LayerSpec> specs, int i, bool givesScores, FixupStart? start = null)
    {
        switch (specs[i])
        {
            case ProductSpec spec:
                End();
                if (givesScores && build.Fixups is not null) start = FixupStart.Zeros;
                AddProduct(spec, i + 1 < specs.Count ? specs[i + 1] as BatchNormSpec : null, givesScores, start);
                break;
            case BatchNormSpec when i > 0 && specs[i - 1] is ProductSpec: break;
            case BatchNormSpec spec:
                AddNorm(spec);
                break;
            case MaxPoolSpec spec: AddPool(spec); break;
            case AveragePoolSpec or GlobalAveragePoolSpec:
                End();
                var pool = AddPool(specs[i]);
                Offer(new FloatSite(pool, FloatPlace.Average, shape) { Keeps = grid, Window = ((FloatPool)layers[^1]).Windows.Window });
                break;
            case SubsampleSpec spec: AddSubsample(spec); break;
            case ReluSpec: AddRelu(null); break;
            case Relu6Spec: AddRelu(6); break;
            case DropoutSpec spec:
                End();
                AddDropout(spec);
                break;
            case FlattenSpec:
                build.NextName("flatten");
                shape = new Shape(shape[0], shape.Stride);
                break;
            case QuantizeSpec:
                build.NextName(Quantize.NamePrefix);
                End();
                break;
            case ResidualSpec spec:
                End();
                AddResidual(spec);
                break;
            case ConcatSpec spec:
                End();
                AddConcat(spec);
                break;
            default:
                throw new WageException($"{specs[i].GetType().Name}: scheme {build.Scheme.Name} has no such layer.", "take a scheme of integers.");
        }
    }

    /// <summary>The end of a block.</summary>
    private void End(string? joined = null)
    {
        if (open is not { } name) return;
        open = null;
        var site = new FloatSite(name, place, shape) { Joins = joined };
        build.Observe(shape);
        layers.Add(new FloatShown(build.View, name, Quantity.ActivationInputs, showsErrors, clip));
        Offer(site);
    }

    private void Offer(FloatSite site)
    {
        if (site.Keeps is null) grid = site.Name;
        if (build.Scheme.Activations(site, build) is not { } layer) return;
        layers.Add(layer);
        shared = true;
    }

    /// <summary>The error of the input; null: nothing before it learns, so that nobody reads it.</summary>
    private FloatTensor? NextError() => build.Parameters.Count == 0 ? null : build.Errors.Next(shape);

    private void Open(string name, FloatPlace what, bool showsErrors = true) =>
        (open, last, place, shared, clip, this.showsErrors) = (name, name, what, false, null, showsErrors);

    private void AddProduct(ProductSpec spec, BatchNormSpec? norm, bool givesScores, FixupStart? start)
    {
        var layer = (ProductLayer)spec.ToLayer();
        var name = build.NextName(layer.NamePrefix);
        var (geometry, kind, weightShape, output) = layer.Measure(name, shape);
        var delta = NextError();
        var parameter = build.AddParameter(name, weightShape, geometry.FanIn, givesScores: givesScores, fixup: start);
        var bias = spec.Bias || norm is null ? build.AddParameter($"{name}.bias", new Shape(geometry.Filters)) : null;
        build.Observe(weightShape);
        var row = build.AddRow(name, kind, output);
        (row.Scheme, row.HasBias, row.Product, row.Macs) = (build.Scheme.Name, bias is not null, geometry, geometry.MacsPerImage);
        row.Parameters = weightShape.Length + (bias?.Value.Shape.Length ?? 0L);
        var site = new FloatSite(name, FloatPlace.Weights, weightShape) { GivesScores = givesScores };
        var weights = build.Scheme.Weights(site, parameter, build);
        var errors = build.Scheme.Errors(new FloatSite(name, FloatPlace.Block, output), build);
        if (errors is not null) build.Observe(output);
        var product = new FloatConvolution(build, name, geometry, output, weights, bias, delta, errors);
        shape = output;
        Open(name, FloatPlace.Block, showsErrors: errors is null);
        layers.Add(product);
        if (norm is not null) AddNorm(norm, (site, product));
    }

    private void AddNorm(BatchNormSpec spec, (FloatSite Site, FloatConvolution Product)? behind = null)
    {
        var name = build.NextName(spec.Prefix);
        if (spec.IsFixup) build.Scheme.RequireFixup(spec, name);
        if (open is null) Open(name, FloatPlace.Block);
        var norm = new FloatBatchNorm(build, name, spec, shape);
        var row = build.AddRow(name, spec.ToString(), shape);
        (row.Scheme, row.Parameters) = (build.Scheme.Name, 2L * shape[shape.Rank - 1]);
        shared = false;
        if (behind is null) build.Scheme.RequireAlone(norm);
        if (behind is { } product && build.Scheme.Folded(product.Site, product.Product, norm, build) is { } folded) layers[^1] = folded;
        else layers.Add(norm);
    }

    private string AddPool(LayerSpec spec)
    {
        var layer = (PoolLayer)spec.ToLayer();
        var name = build.NextName(layer.NamePrefix);
        var (windows, kind) = layer.Measure(name, shape);
        var delta = NextError();
        var y = build.Allocate(MemoryKind.Activations, windows.OutputShape);
        build.AddRow(name, kind, y.Shape).Pool = windows;
        layers.Add(layer is MaxPool2d
            ? new FloatMaxPool(build.Engine, name, windows, y, delta) : new FloatAveragePool(build.Engine, name, windows, y, delta));
        (shape, shared) = (y.Shape, false);
        return name;
    }

    private void AddSubsample(SubsampleSpec spec)
    {
        var name = build.NextName(SubsampleSpec.NamePrefix);
        build.Scheme.RequireSubsample(spec, name);
        var output = spec.OutputOf(name, shape);
        var delta = NextError();
        var y = build.Allocate(MemoryKind.Activations, output);
        build.AddRow(name, spec.ToString(), output);
        layers.Add(new FloatSubsample(build.Engine, name, shape, spec.Stride, y, delta));
        (shape, shared) = (output, false);
    }

    private void AddRelu(float? limit)
    {
        var (name, before) = (build.NextName(Relu.NamePrefix), layers.Count == 0 ? grid : layers[^1].Name);
        var words = $"{(limit is null ? "Relu" : "Relu6")} after {before}";
        var wasSilent = limit is null && before.StartsWith("dense", StringComparison.Ordinal);    // perceptrons of older files say nothing of it
        build.AddTrait(name, words, wasSilent ? words : null);
        layers.Add(new FloatRelu(build.Engine, name, limit, shared ? build.Allocate(MemoryKind.Activations, shape) : null));
        if (open is null) Open(name, FloatPlace.Block);
        (shared, clip) = (false, limit);
    }

    private void AddDropout(DropoutSpec spec)
    {
        var name = build.NextName(DropoutSpec.NamePrefix);
        build.AddRow(name, spec.ToString(), shape);
        layers.Add(new FloatDropout(build.Engine, name, build.NextDropout(), spec.Rate, build.Allocate(MemoryKind.Activations, shape)));
        shared = true;
    }

    private void AddResidual(ResidualSpec spec)
    {
        var name = build.NextName(Residual.NamePrefix);
        var delta = NextError();
        if (spec.Shortcut is [SubsampleSpec subsample] && FixupSpecs.IsIn(spec.Branch)) subsample.RequireAlive(name, shape[shape.Rank - 1]);
        var (branch, left) = new FloatArranger(build, shape, grid).Branch(
            name, spec.Branch, errors: 0, FixupSpecs.IsIn(spec.Branch) ? build.Fixups : null);
        var (shortcut, right) = new FloatArranger(build, shape, grid).Branch(name, spec.Shortcut, errors: 1);
        Residual.RequireEqual(name, left, right);
        build.AddRow(name, "sum", left);
        build.AddTrait($"{name}.branch", $"{spec.Branch.Count} layers");
        layers.Add(new FloatResidual(build, name, branch, shortcut, left, delta));
        shape = left;
        Open(name, FloatPlace.Sum);
    }

    private void AddConcat(ConcatSpec spec)
    {
        var name = build.NextName(ConcatSpec.NamePrefix);
        var delta = NextError();
        var branches = spec.Branches.Select(branch => new FloatArranger(build, shape, grid, name).Branch(name, branch, errors: 0)).ToList();
        var output = FloatConcat.OutputOf(name, [.. branches.Select(branch => branch.Output)]);
        build.AddRow(name, "concatenation", output);
        build.AddTrait($"{name}.branches", string.Join(" and ", spec.Branches.Select(branch => $"{branch.Count}")) + " layers");
        layers.Add(new FloatConcat(build, name, branches, output, delta));
        shape = output;
        Open(name, FloatPlace.Concatenation);
    }
}
