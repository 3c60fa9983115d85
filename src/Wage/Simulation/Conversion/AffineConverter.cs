using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Simulation.Quantization;
using Wage.Tensors;

namespace Wage.Simulation.Conversion;

/// <summary>
/// From a network that was trained with fake quantization to the plan of integers that computes the same: int8 codes, int8 weights, int32 biases in
/// the unit of the sums, multipliers and shifts. Jacob et al. 2018, section 2. A block ends in one stage, with its ReLU as a clamp of the codes.
/// </summary>
internal sealed class AffineConverter
{
    private readonly MultiplierRounding rounding;
    private readonly PlanBuilder plan;
    private readonly ProductWriter products;
    private readonly List<ConvertedTensor> tensors = [];

    private AffineConverter(Shape image, MultiplierRounding rounding)
    {
        this.rounding = rounding;
        plan = new PlanBuilder(new SignalSpec(image.OfBatch(1), ElementType.Int8, 0, -(long)sbyte.MinValue));
        products = new ProductWriter(plan, rounding);
    }

    /// <summary>The plan of a network.</summary>
    /// <param name="network">Of a scheme with fake quantization, whose ranges are known.</param>
    /// <param name="rounding">How multipliers drop bits.</param>
    /// <exception cref="WageException">A tensor has no range or no codes, or the integers cannot be proved to fit; it is named.</exception>
    public static Conversion Of(FloatNetwork network, MultiplierRounding rounding)
    {
        if (network.Build.Scheme is AffineScheme { Kept: [var kept, ..] })
        {
            throw new WageException(
                $"{kept}: is kept in float32 (quantize is false), so no integers compute it.",
                $"train or calibrate with {Term.Option("quantize=true")} for this layer.");
        }

        network.Prepare();
        var layers = network.Layers.Layers;
        var images = (FakeImages)layers[0];
        var converter = new AffineConverter(network.ImageShape, rounding);
        converter.tensors.Add(new ConvertedTensor(0, images.Name, images.Grid, () => images.Output));
        converter.Chain(network.Layers, (0, images.Grid), null);
        var pixels = new sbyte[256];
        for (var p = 0; p < pixels.Length; p++) pixels[p] = (sbyte)images.Grid.Code(FloatImages.Value(network.Input, p));
        return new Conversion(converter.plan.ToPlan(pixels), [.. converter.tensors], [.. converter.products.Weights], rounding);
    }

    /// <summary>Layers that follow each other.</summary>
    /// <param name="chain">The layers.</param>
    /// <param name="x">What they read.</param>
    /// <param name="end">The codes with which an open block ends: of the concatenation that follows; null: it ends itself, or in scores.</param>
    private Coded Chain(FloatChain chain, Coded x, BlockEnd? end)
    {
        OpenBlock? open = null;
        for (var i = 0; i < chain.Layers.Count; i++)
        {
            switch (chain.Layers[i])
            {
                case FakeImages or FloatShown or FloatDropout: break;
                case FloatConvolution product: open = new OpenBlock(product.Name) { Product = ProductWeights.Of(product) }; break;
                case FoldedConvolution product: open = new OpenBlock(product.Name) { Product = ProductWeights.Of(product) }; break;
                case FloatResidual residual:
                    open = new OpenBlock(residual.Name) { Sum = (Chain(residual.Branch, x, null), Chain(residual.Shortcut, x, null)) };
                    break;
                case FloatConcat concat:
                    x = Concatenate(concat, x, EndOf(chain, i, end));
                    open = new OpenBlock(concat.Name) { IsDone = true };
                    break;
                case FloatRelu relu: (open ??= new OpenBlock(relu.Name)).Clamp(relu.Limit); break;
                case FloatMaxPool pool when open is { Product: not null, Pool: null }: open.Pool = pool.Windows; break;
                case FloatMaxPool pool when open is not null: open.Later.Add((pool.Name, pool.Windows)); break;
                case FloatMaxPool pool: x = MaxPool(pool.Name, pool.Windows, x); break;
                case FloatAveragePool pool: x = Mean(pool, x); break;
                case FakeMeans means: tensors.Add(new ConvertedTensor(x.Node, means.Name, x.Grid, () => means.Output)); break;
                case FakeActivations fake:
                    x = Close(open!, x, new BlockEnd(fake.Range.Grid(fake.Bits), default));
                    tensors.Add(new ConvertedTensor(x.Node, fake.Name, x.Grid, () => fake.Output));
                    open = null;
                    break;
                case var other:
                    throw new WageException($"{other.Name}: has no integers that compute it.", "leave it out, or keep the model in float32.");
            }
        }

        return open is null ? x : end is { } given ? Close(open, x, given) with { IsEnded = true } : Scores(open, x);
    }

    /// <summary>The codes of the tensor behind layer <paramref name="at"/> of a chain, with the ReLU that stands between.</summary>
    private static BlockEnd EndOf(FloatChain chain, int at, BlockEnd? outer)
    {
        var open = new OpenBlock(chain.Layers[at].Name);
        for (var i = at + 1; i < chain.Layers.Count; i++)
        {
            if (chain.Layers[i] is FloatRelu relu) open.Clamp(relu.Limit);
            if (chain.Layers[i] is FakeActivations fake) return new BlockEnd(fake.Range.Grid(fake.Bits), open.Bounds);
        }

        return outer is { } given
            ? given with { Bounds = given.Bounds.Within(open.Bounds) }
            : throw new WageException(
                $"{open.Name}: its tensors have no range, so they have no codes.", "end the network with a layer with weights.");
    }

    /// <summary>Ends a block with codes of a grid.</summary>
    private Coded Close(OpenBlock block, Coded x, BlockEnd end)
    {
        var bounds = block.Bounds.Within(end.Bounds);
        var clamp = end.Grid.Within(bounds.Low, bounds.High);
        var node = block switch
        {
            { IsDone: true } => x.Node,
            { Product: { } product } => products.Add(block.Name, product, x, block.Pool, end.Grid, clamp),
            { Sum: { } sum } => Add(block.Name, sum.Left, sum.Right, end.Grid, clamp),
            _ => Requantize(block.Name, x, end.Grid, clamp),
        };
        var output = new Coded(node, end.Grid);
        foreach (var (name, geometry) in block.Later) output = MaxPool(name, geometry, output);
        return output;
    }

    private Coded Scores(OpenBlock block, Coded x)
    {
        if (block is not { Product: { } product, Pool: null, Later.Count: 0 } || block.Bounds != default)
        {
            throw new WageException(
                $"{block.Name}: gives the scores behind a ReLU, a pool or a sum, and integers give them as the sums of a product.",
                "end the network with a dense layer or a convolution.");
        }

        return new Coded(products.AddScores(block.Name, product, x), x.Grid);
    }

    private int Add(string name, Coded x, Coded y, in AffineGrid grid, CodeRange clamp) => plan.Add(
        name, new AffineSumOperation(Requantization.OfSum(x.Grid, y.Grid, grid, clamp, rounding)), Codes(plan[x.Node].Shape), [x.Node, y.Node]);

    private Coded Concatenate(FloatConcat concat, Coded x, BlockEnd end)
    {
        var parts = concat.Branches.Select(branch =>
        {
            var part = Chain(branch, x with { IsEnded = false }, end);
            return part.IsEnded ? part.Node : Requantize(concat.Name, part, end.Grid, end.Grid.Within(end.Bounds.Low, end.Bounds.High));
        }).ToArray();
        return new Coded(plan.Add(concat.Name, new ConcatOperation(), Codes(concat.Output.OfBatch(1)), parts), end.Grid);
    }

    /// <summary>Codes of one grid as codes of another: q = clamp(Z + M (q_x - Z_x)).</summary>
    private int Requantize(string name, Coded x, in AffineGrid grid, CodeRange clamp)
    {
        var (shape, scale) = (plan[x.Node].Shape, Requantization.Of((double)x.Grid.Scale / grid.Scale));
        var stage = new AffineStage(scale, grid.ZeroPoint, clamp.Low, clamp.High, rounding);
        var start = ProductWriter.Host(ElementType.Int32, Enumerable.Repeat(-(long)x.Grid.ZeroPoint, shape[shape.Rank - 1]));
        var own = $"{name}.from{x.Node}";
        return plan.Add(own, new StageOperation(FusedStage.Of(stage), StageReads.Start), Codes(shape), [x.Node], ($"{own}.start", start));
    }

    private Coded MaxPool(string name, in PoolGeometry geometry, Coded x)
    {
        var one = geometry with { Batch = 1 };
        return x with { Node = plan.Add(name, new MaxPoolOperation(one), Codes(one.OutputShape), [x.Node]) };
    }

    private Coded Mean(FloatAveragePool pool, Coded x)
    {
        var one = pool.Windows with { Batch = 1 };
        return x with { Node = plan.Add(pool.Name, new AveragePoolOperation(one, Rounding.HalfAway), Codes(one.OutputShape), [x.Node]) };
    }

    private static SignalSpec Codes(Shape shape) => new(shape, ElementType.Int8, 0, -(long)sbyte.MinValue);
}

/// <summary>A node of a plan and the codes that it gives.</summary>
/// <param name="Node">The node's number.</param>
/// <param name="Grid">The codes.</param>
/// <param name="IsEnded">True where a branch ended in the codes of the concatenation that follows.</param>
internal readonly record struct Coded(int Node, AffineGrid Grid, bool IsEnded = false)
{
    public static implicit operator Coded((int Node, AffineGrid Grid) pair) => new(pair.Node, pair.Grid);
}

/// <summary>The values that ReLUs leave: null where there is no bound.</summary>
internal readonly record struct Bounds(int? Low, int? High)
{
    /// <summary>What both leave.</summary>
    public Bounds Within(Bounds other) => new(
        Low is { } low && other.Low is { } least ? Math.Max(low, least) : Low ?? other.Low,
        High is { } high && other.High is { } most ? Math.Min(high, most) : High ?? other.High);
}

/// <summary>How a block ends: its codes, and the ReLU of a concatenation that follows.</summary>
internal readonly record struct BlockEnd(AffineGrid Grid, Bounds Bounds);

/// <summary>A block whose end has not come: a product, a sum, a concatenation, or only a ReLU.</summary>
internal sealed class OpenBlock(string name)
{
    public string Name => name;

    public ProductWeights? Product { get; init; }

    public (Coded Left, Coded Right)? Sum { get; init; }

    /// <summary>True of a concatenation, whose parts have its codes already.</summary>
    public bool IsDone { get; init; }

    public PoolGeometry? Pool { get; set; }

    public List<(string Name, PoolGeometry Geometry)> Later { get; } = [];

    public Bounds Bounds { get; private set; }

    public void Clamp(float? limit) => Bounds = Bounds.Within(new Bounds(0, (int?)limit));
}
