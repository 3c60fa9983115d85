using Wage.Backends;
using Wage.Experiments;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Layers;
using Wage.Models;

namespace Wage.Tests.Experiments;

/// <summary>A network in a recipe: `model.layers`.</summary>
[Parallelizable]
internal sealed class LayerListTests
{
    private const string Every = """
        data: { set: digits, train: 60, test: 20 }
        model:
          layers:
            - {conv: 4, kernel: 5, padding: same, bits: {kW: 4}}
            - {maxPool: 2}
            - relu
            - quantize
            - {depthwise: 2, kernel: [3, 1], stride: 1}
            - relu
            - {quantize: {kA: 6}}
            - residual:
                - {conv: 8, kernel: 3, padding: 1, groups: 2, bias: true}
              shortcut: [{conv: 8, kernel: 1, padding: [1, 0, 1, 0], stride: 1, options: {rounding: {W: towardZero}}}]
            - relu
            - quantize
            - {averagePool: 2, stride: 1, rounding: halfAway}
            - quantize
            - {globalAveragePool: , rounding: halfAway}
            - flatten
            - {dense: 10, bias: true}
        training: { epochs: 1, batch: 20 }
        """;

    /// <summary>What not every scheme has.</summary>
    private const string Floats = """
        data: { set: digits, train: 60, test: 20 }
        model:
          layers:
            - {conv: 4, kernel: 3}
            - batchNorm
            - relu6
            - concat:
                - - {conv: 3, kernel: 3, padding: same}
                  - {batchNorm: {train: false}, momentum: 0.99, epsilon: 1/1000}
                  - relu
                - []
            - {subsample: 9}
            - {subsample: 12, stride: 3}
            - {dropout: 0.5}
            - {dense: 10}
        scheme: float32
        loss: crossEntropy
        training: { epochs: 1, batch: 20 }
        """;

    private static readonly LayerSpec[] FloatLayers =
    [
        new ConvSpec(4, (3, 3), ConvPadding.Valid), new BatchNormSpec(), new Relu6Spec(),
        new ConcatSpec([
            [
                new ConvSpec(3, (3, 3), ConvPadding.Same),
                new BatchNormSpec { Momentum = new(99, 100), Epsilon = new(1, 1000) }, new ReluSpec(),
            ],
            []]),
        new SubsampleSpec(9), new SubsampleSpec(12, 3), new DropoutSpec(new(1, 2)), new DenseSpec(10),
    ];

    private static readonly LayerSpec[] Layers =
    [
        new ConvSpec(4, (5, 5), ConvPadding.Same), new MaxPoolSpec(2, 2), new ReluSpec(), new QuantizeSpec(),
        new DepthwiseSpec(2, (3, 1), ConvPadding.Valid), new ReluSpec(), new QuantizeSpec(),
        new ResidualSpec(
            [new ConvSpec(8, (3, 3), ConvPadding.Explicit(1, 1, 1, 1), 1, 2, true)], [new ConvSpec(8, (1, 1), ConvPadding.Explicit(1, 0, 1, 0))]),
        new ReluSpec(), new QuantizeSpec(), new AveragePoolSpec(2, 1, Wage.Numbers.Rounding.HalfAway), new QuantizeSpec(),
        new GlobalAveragePoolSpec(Wage.Numbers.Rounding.HalfAway), new FlattenSpec(), new DenseSpec(10, true),
    ];

    [Test]
    public void EveryLayerIsReadAndWrittenBack()
    {
        var recipe = Resolve(Every.Replace("padding: 1, groups", "padding: same, groups", StringComparison.Ordinal)
            .Replace("padding: [1, 0, 1, 0]", "padding: valid", StringComparison.Ordinal));
        Assert.That(Resolve(Every).OwnLayers!.Layers, Is.EqualTo((SpecList<LayerSpec>)[.. Layers]));
        Assert.That(recipe["model.kind"], Is.EqualTo("layers"));
        Assert.That(recipe.Layers.Keys.Select(own => $"{own.Key.Name}={own.Value}"),
            Is.EqualTo(new[] { "layers.conv1.kW=4", "layers.conv2.kA=6", "layers.conv4.roundingW=towardZero" }));
        var again = Resolve(recipe.ToYaml());
        Assert.That((again.ToYaml(), again.Differences(recipe)), Is.EqualTo((recipe.ToYaml(), Array.Empty<string>())));
        Assert.That(Resolve($"model.layers: \"{recipe["model.layers"]}\"").OwnLayers!.Layers, Is.EqualTo(recipe.OwnLayers!.Layers));
        Assert.That(RunBuilder.PlanNetwork(recipe).Table.Select(row => row.Name), Is.EqualTo(new[]
        {
            "conv1", "max1", "conv2", "conv3", "conv4", "residual1", "average1", "average2", "dense1",
        }));
    }

    [Test]
    public void LayersOfFloatingPointAreReadWrittenBackAndBuiltUnderTheirNames()
    {
        var recipe = Resolve(Floats);
        Assert.That(recipe.OwnLayers!.Layers, Is.EqualTo((SpecList<LayerSpec>)[.. FloatLayers]));
        Assert.That(
            recipe["model.layers"], Does.Contain(
                "{batchNorm: , momentum: 99/100, epsilon: 1/1000}, relu], []]}, {subsample: 9}, {subsample: 12, stride: 3}, {dropout: 1/2}"));
        var again = Resolve(recipe.ToYaml());
        Assert.That((again.ToYaml(), again.OwnLayers!.Layers), Is.EqualTo((recipe.ToYaml(), recipe.OwnLayers.Layers)));
        using var network = RunBuilder.PlanNetwork(recipe);
        Assert.That(network.Table.Select(row => $"{row.Name}: {row.Kind}"), Is.EqualTo(new[]
        {
            "conv1: 3x3 conv, valid", "batchNorm1: batch norm", "conv2: 3x3 conv, same", "batchNorm2: batch norm, momentum 99/100, epsilon 1/1000",
            "concat1: concatenation", "subsample1: subsample, stride 2", "subsample2: subsample, stride 3",
            "dropout1: dropout 1/2", "dense1: dense",
        }));
        foreach (var row in network.Table) Assert.That(recipe.OwnLayers.PlaceOf($"{row.Name}: is it"), Does.StartWith("r.yaml:"), row.Name);
        Assert.That(network.Identity.Traits, Has.Some.Property("Name").EqualTo("batchNorm2.train"));
    }

    [TestCase("{batchNorm: , momentum: 1}", "batchNorm1: momentum is '1', but must be an exact ratio below 1")]
    [TestCase("{dropout: 2}", "dropout1: dropout is '2', but must be an exact ratio below 1")]
    [TestCase("{concat: relu}", "concat1 must be a list of lists of layers. HINT: such as [[{conv: 8, kernel: 3}, relu], []].")]
    [TestCase("{concat: [[relu]], shortcut: [relu]}", "concat1 has no 'shortcut'")]
    [TestCase("{concat: [[{averagePool: 2}], []]}", "concat1: its branches give")]
    [TestCase("{concat: []}", "concat1: has no branches")]
    public void AWrongLayerOfFloatingPointIsNamedWithItsPlace(string layer, string message)
    {
        var text = $"data: {{ set: digits }}\nmodel:\n  layers:\n    - {layer}\n    - {{dense: 10}}\nscheme: float32\n";
        var error = Assert.Throws<WageException>(() => RunBuilder.PlanNetwork(Resolve(text)));
        Assert.That(error!.Message, Does.StartWith("r.yaml:4: ").And.Contain(message));
    }

    [TestCase("batchNorm", "batchNorm1: scheme wage has no batch norm. HINT: leave BatchNormSpec away, or take a scheme that has it")]
    [TestCase("relu6", "relu1: scheme wage has no ReLU6. HINT: take ReluSpec, or")]
    [TestCase("{dropout: 1/2}", "dropout1: scheme wage has no dropout. HINT: leave it away, or")]
    [TestCase("{concat: [[relu], []]}", "concat1: scheme wage has no concatenation. HINT: take a residual sum, or")]
    public void ASchemeOfIntegersRefusesWhatItDoesNotHaveInOneLine(string layer, string message)
    {
        var text = $"data: {{ set: digits }}\nmodel:\n  layers:\n    - {{conv: 4, kernel: 3}}\n    - {layer}\n    - {{dense: 10}}\n";
        var error = Assert.Throws<WageException>(() => RunBuilder.PlanNetwork(Resolve(text)));
        Assert.That(error!.Message, Does.StartWith($"r.yaml:5: {message}"));
    }

    [Test]
    public void BatchNormAndRelu6OfANamedModelAreInEveryBlock()
    {
        var recipe = Resolve("model: { kind: resnet, blocks: 1, batchNorm: true, activation: relu6 }\ndata: { set: cifar10 }\nscheme: float32\n");
        using var network = RunBuilder.PlanNetwork(recipe);
        var names = network.Table.Select(row => row.Name).ToList();
        Assert.That(names.Count(name => name.StartsWith("batchNorm", StringComparison.Ordinal)),
            Is.EqualTo(names.Count(name => name.StartsWith("conv", StringComparison.Ordinal))));
        Assert.That(names.TakeLast(3), Is.EqualTo(new[] { "residual3", "average1", "dense1" }));
        Assert.That(network.StoredWeights.Select(w => w.Name), Does.Contain("dense1.bias").And.Not.Contain("conv1.bias"));
        Assert.That(network.Identity.Traits, Has.Some.Property("Value").EqualTo("Relu6 after batchNorm1"));
        Assert.That(
            Assert.Throws<WageException>(() => RunBuilder.PlanNetwork(Resolve("model: { batchNorm: true }\n")))!.InWords(),
            Is.EqualTo("batchNorm1: scheme wage has no batch norm. HINT: leave model.batchNorm away, or take a scheme that has it, such as " +
                "float32 or integer-sgd."));
    }

    [Test]
    public void TheShortcutsOfAResNetAreConvolutionsWithBatchNormOrSubsampling()
    {
        const string text = "model: { kind: resnet, blocks: 1, batchNorm: true, shortcut: projection }\ndata: { set: cifar10 }\nscheme: float32\n";
        var (projections, own) = (Resolve(text), Resolve(text.Replace("projection", "subsample", StringComparison.Ordinal)));
        Assert.That(Resolve(own.ToYaml()).ToYaml(), Is.EqualTo(own.ToYaml()));
        using var network = RunBuilder.PlanNetwork(own);
        string[] names =
        [
            "conv1", "batchNorm1", "conv2", "batchNorm2", "conv3", "batchNorm3", "residual1", "conv4", "batchNorm4", "conv5", "batchNorm5",
            "subsample1", "residual2", "conv6", "batchNorm6", "conv7", "batchNorm7", "subsample2", "residual3", "average1", "dense1",
        ];
        Assert.That(network.Table.Select(row => row.Name), Is.EqualTo(names));
        Assert.That(network.Table[11].Output.ToString(), Is.EqualTo(network.Table[10].Output.ToString()));
        using var other = RunBuilder.PlanNetwork(projections);
        Assert.That(other.Table.Sum(row => row.Parameters) - network.Table.Sum(row => row.Parameters), Is.EqualTo((16 * 32) + (32 * 64) + (2 * 96)),
            "two 1x1 convolutions and their batch norms");
    }

    [TestCase("float32", "{subsample: 3}", "subsample1: gives 3 channels, but its input is", "take 4 channels or more")]
    [TestCase("float32", "{subsample: 4, stride: 0}", "subsample1: stride is '0', but must be", "")]
    [TestCase("affine", "{subsample: 4}", "subsample1: scheme affine has no subsampling", "take a 1x1 convolution of this stride")]
    [TestCase("wage", "{subsample: 4}", "subsample1: scheme wage has no subsampling", "or take a scheme that has it, such as float32")]
    public void SubsamplingThatCannotBeIsRefused(string scheme, string layer, string message, string way)
    {
        var text = $"data: {{ set: digits }}\nscheme: {scheme}\nloss: crossEntropy\n" +
            $"model:\n  layers:\n    - {{conv: 4, kernel: 3}}\n    - {layer}\n    - {{dense: 10}}\n";
        var error = Assert.Throws<WageException>(() => RunBuilder.PlanNetwork(Resolve(text)));
        Assert.That(error!.InWords(), Does.Contain(message).And.Contain(way).And.StartWith("r.yaml:7: "));
    }

    [Test]
    public void AListNamesEveryKindOfLayerThatIsDataAndAsTheBuildDoes()
    {
        var written = Layers.Concat(FloatLayers).Append(((ResidualSpec)Layers[7]).Branch[0]).Select(spec => spec.GetType()).ToHashSet();
        var kinds = typeof(LayerSpec).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerSpec)) && !type.IsAbstract);
        Assert.That(kinds.Where(kind => !written.Contains(kind)), Is.Empty);
        var recipe = Resolve("training.batch: 2\n" + Every.Replace("training: { epochs: 1, batch: 20 }", string.Empty, StringComparison.Ordinal)
            .Replace("padding: 1, groups", "padding: same, groups", StringComparison.Ordinal)
            .Replace("padding: [1, 0, 1, 0]", "padding: valid", StringComparison.Ordinal));
        var layers = RecipeModel.Of(recipe).ToLayers();
        _ = new Wage.Training.Network(layers, recipe.NewScheme(), new Wage.Losses.SquaredError(), new(2, 28, 28, 1), new PlanningBackend());
        foreach (var layer in Flat(layers)) Assert.That(recipe.OwnLayers!.PlaceOf($"{layer.Name}: is it"), Does.StartWith("r.yaml:"), layer.Name);

        static IEnumerable<Layer> Flat(IEnumerable<Layer> layers) => layers.SelectMany(layer =>
            layer is Residual residual ? [layer, .. Flat(residual.Branch), .. Flat(residual.Shortcut)] : new[] { layer });
    }

    [TestCase("{conv: 4, kernl: 5}", "conv1 has no 'kernl'. HINT: did you mean kernel?")]
    [TestCase("{maxPol: 2}", "'maxPol' is no layer. HINT: did you mean maxPool?")]
    [TestCase("reluu", "'reluu' is no layer. HINT: did you mean relu?")]
    [TestCase("{dense: 5, conv: 3}", "'{dense: 5, conv: 3}' is several layers at once.")]
    [TestCase("{conv: 4}", "conv1 has no kernel, which must be a whole number")]
    [TestCase("{conv: 0, kernel: 3}", "conv1: conv is '0', but must be a whole number from 1 to 65536.")]
    [TestCase("{conv: 4, kernel: 3, padding: sme}", "conv1: padding is 'sme', but must be valid, same,")]
    [TestCase("{conv: 4, kernel: 3, groups: 3}", "conv1: groups is 3, but must divide the 1 channels")]
    [TestCase("{conv: 4, kernel: 33}", "conv1: the 33x33 kernel is larger than its padded input")]
    [TestCase("{conv: 4, kernel: 3, bits: {kw: 4}}", "conv1: scheme wage has no option 'kw'. HINT: did you mean kW?")]
    [TestCase("{conv: 4, kernel: 3, bits: 4}", "conv1 its options must be a mapping")]
    [TestCase("{conv: 4, kernel: 3, kernel: 3}", "the key 'kernel' is there twice")]
    [TestCase("{relu: 3}", "relu1 takes no value. HINT: write relu alone.")]
    [TestCase("{residual: relu}", "residual1: must be a list of layers.")]
    [TestCase("{residual: [], shortcutt: []}", "residual1 has no 'shortcutt'. HINT: did you mean shortcut?")]
    [TestCase("[relu]", "a layer is a list, but must be a word or a mapping.")]
    [TestCase("{averagePool: 2, rounding: up}", "average1: rounding is 'up', but must be halfEven or halfAway.")]
    public void AMistakeNamesTheLayerItsLineAndTheRule(string layer, string part)
    {
        var yaml = $"training.batch: 20\nmodel:\n  layers:\n    - {layer}\n    - {{dense: 10}}\n";
        Assert.That(() => RunBuilder.PlanNetwork(Resolve(yaml)), Throws.TypeOf<WageException>().With.Message.StartsWith($"r.yaml:4: {part}"));
    }

    [Test]
    public void TheLastWordOnTheNetworkHoldsAndTwoInOnePlaceAreRefused()
    {
        var own = RecipeReader.ReadText("r.yaml", Every);
        var named = Recipe.Resolve(Recipe.Over(own, [GivenValue.FromSetting("model.kind=mlp"), GivenValue.FromSetting("layers.dense1.kW=4")]));
        Assert.That((named.ModelKind, named["model.layers"], named["layers.dense1.kW"]), Is.EqualTo(("mlp", "", "4")));
        var other = Recipe.Resolve(Recipe.Over(own, [GivenValue.FromSetting("model.layers=[{dense: 10, bits: {kW: 4}}]")]));
        Assert.That(other.Layers.Keys.Select(key => key.Key.Name), Is.EqualTo(new[] { "layers.dense1.kW" }), "none of conv1's");
        Assert.That(other.With([]).ToYaml(), Is.EqualTo(other.ToYaml()));
        var both = Assert.Throws<WageException>(() => Resolve("model: { kind: mlp, layers: [{dense: 10}] }"));
        Assert.That(both!.Message, Is.EqualTo("r.yaml:1: model.kind is mlp, but model.layers lists a network too. HINT: leave one of the two away."));
        Assert.That(() => Resolve("model: { kind: layers }"), Throws.TypeOf<WageException>().With.Message.Contains("model.layers lists none"));
    }

    [Test]
    public void TheCommandLineShowsTrainsAndResumesItAndRefusesInALine()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("own.yaml"), Every.Replace("padding: 1, groups", "padding: same, groups", StringComparison.Ordinal)
            .Replace("padding: [1, 0, 1, 0]", "padding: valid", StringComparison.Ordinal));
        Assert.That(CommandLine.Do("show", scratch.In("own.yaml")), Does.Contain("own: layers on digits").And.Contain("layers.conv1 differs: kW 4."));
        CommandLine.Do("train", scratch.In("own.yaml"), "--out", scratch.In("a"));
        CommandLine.Do("train", Path.Combine(scratch.In("a"), "config.yaml"), "--out", scratch.In("b"), "--set", "name=own");
        Assert.That(RunCard.Of(scratch.Run("b")).WeightsSha256, Is.EqualTo(RunCard.Of(scratch.Run("a")).WeightsSha256));
        CommandLine.Do("train", "--out", scratch.In("a"), "--resume", "--epochs", "2");
        Assert.That(CommandLine.Do("show", "--keys"), Does.Contain("depthwise: N").And.Contain("residual: LAYERS"));
        File.WriteAllText(scratch.In("five.yaml"), "data: { train: 60, test: 20 }\nmodel.layers: [{dense: 5}]\ntraining.batch: 20\n");
        Assert.That(CommandLine.Refusal("train", scratch.In("five.yaml"), "--out", scratch.In("c")), Does.Contain(
            "has 10 classes but the model gives 5 scores. HINT: set the last dense layer of model.layers."));
        string[] mlp = ["train", "--set", "model.kind=mlp", "model.sizes=5", "data.train=200", "--out", scratch.In("d")];
        Assert.That(CommandLine.Refusal(mlp), Does.Contain("HINT: set the last number of model.sizes to 10, or to auto."));
    }

    [TestCase("# nothing but a comment\n")]
    [TestCase("---\n")]
    [TestCase("{}\n")]
    public void AnEmptyFileIsNoRecipe(string text)
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("empty.yaml"), text);
        Assert.That(CommandLine.Refusal("show", scratch.In("empty.yaml")), Does.Contain("empty.yaml: sets no key, so there is nothing to train."));
    }

    [TestCase("a\tb", "(with a tab)")]
    [TestCase("a\nb", "(with a line break)")]
    [TestCase("a\u0001b", "(with a control character)")]
    public void ATextWithACharacterThatNobodySeesIsToldSo(string text, string part)
    {
        Assert.That(() => TinyRun.Recipe($"paper={text}"), Throws.TypeOf<WageException>().With.Message.EndsWith(
            $"paper is 'a b' {part}, but must be one line of at most 500 characters, without tabs and line breaks."));
        Assert.That(() => RunNotes.None.Noted(text), Throws.TypeOf<WageException>().With.Message.Contains(part));
    }

    private static Recipe Resolve(string yaml) => Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml));
}
