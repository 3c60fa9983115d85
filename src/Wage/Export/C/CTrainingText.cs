using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Export.C;

/// <summary>The files of a training: tables of the network before the text that is the same for all.</summary>
/// <param name="network">The network.</param>
/// <param name="layers">Its layers.</param>
/// <param name="first">The first that learns.</param>
/// <param name="memory">Where a batch lies.</param>
internal sealed class CTrainingText(Network network, IReadOnlyList<TrainedLayer> layers, int first, TrainingMemory memory)
{
    /// <summary>Bits of a stored weight: 8 or 16.</summary>
    public required int StoredBits { get; init; }

    /// <summary>Bits of an error: 8 or 16.</summary>
    public required int ErrorBits { get; init; }

    /// <summary>Bits of a sum: 32 or 64.</summary>
    public required int SumBits { get; init; }

    /// <summary>The weights of the longest filter.</summary>
    public int Row => layers.Max(layer => layer.Geometry.FanIn);

    /// <summary>The sums of one image's errors, or of one filter's gradients.</summary>
    public long Sums => layers.Skip(first + 1).Select(layer => layer.Geometry.InputLength).Append(Row).Max();

    /// <summary>The scores of a batch.</summary>
    public long Scores => (long)Batch * network.Classes;

    private int Batch => network.Images.Shape[0];

    /// <summary>A file of the library's.</summary>
    public static string Embedded(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>training.h.</summary>
    /// <param name="work">The bytes of the program's own arrays.</param>
    /// <param name="model">See <see cref="CProgram.Id"/>.</param>
    /// <param name="id">The same of the training.</param>
    public string Header(long work, uint model, uint id) =>
        $$"""
        {{CProgram.Mark}}: the training of model.h, made by its export, do not edit. Integers alone; neither heap nor library. */
        #ifndef TRAINING_H
        #define TRAINING_H

        #include "model.h"

        #if MODEL_ID != {{CText.Hex(model)}}
        #error "model.h is of another export than this file"
        #endif

        #ifdef __cplusplus
        extern "C" {
        #endif

        #define TRAINING_ID {{CText.Hex(id)}}

        /* The most images of a step. */
        #define TRAINING_BATCH {{Batch}}
        #define TRAINING_WEIGHTS {{layers.Sum(layer => layer.Weights.Stored.Length)}}
        typedef int{{StoredBits}}_t training_weight;

        /* All that the rest of a training depends on; it may be kept anywhere. A step draws its random bits by seed and step. eta is the ratio of two
           numbers from 1 on. */
        typedef struct {
            uint64_t seed;
            int64_t eta_numerator, eta_denominator;
            uint32_t step;
            training_weight weights[TRAINING_WEIGHTS];
        } training_state;

        /* The state that was exported. */
        void training_begin(training_state *state);

        /* A step on n images of MODEL_PIXELS bytes, n from 1 to TRAINING_BATCH, with a label for each; MODEL_CLASSES or more: none. How many labels
           had the greatest score before the step; -1, and nothing is changed, where n is another or eta can leave 64 bits.
           One call at a time of this and the next: they work in {{work}} bytes of their own. */
        int32_t training_step(training_state *state, const uint8_t *images, const uint8_t *labels, int32_t n);

        /* Writes MODEL_CLASSES scores of MODEL_PIXELS pixels by the weights of the state. */
        void training_run(const training_state *state, const uint8_t *pixels, model_score *scores);

        /* Writes the 32 bytes that the framework calls the SHA-256 of the weights. */
        void training_sha256(const training_state *state, uint8_t *digest);

        #ifdef __cplusplus
        }
        #endif

        #endif

        """;

    /// <summary>training.c without its head.</summary>
    public StringBuilder Source(IReadOnlyList<SavedTensor> weights, TrainingStart start)
    {
        var (text, helpers) = (new StringBuilder(), new CHelpers());
        CText.Array<sbyte>(text, "int8_t", "pixel_values", PixelTable.Create(network.Scheme.A.Range.FractionBits + 1, network.Input));
        CText.Array<short>(text, "training_weight", "initial_weights", [.. weights.SelectMany(Values)]);
        text.Append($"typedef int{SumBits}_t sum;\ntypedef int{ErrorBits}_t error;\n\n");
        Define(text, helpers, start);
        text.Append(Struct);
        text.Append("static const layer layers[LAYERS] = {\n");
        for (var l = 0; l < layers.Count; l++) text.Append(TableRow(l));
        text.Append("};\n\n");
        Memory(text);
        helpers.Write(text);
        return text.Append(Embedded("training.c"));
    }

    private const string Struct =
        """
        enum { RELU_PASSES = 1, CLIP_PASSES = 2 };

        /* A product, a max pool (of 1: none), ReLU and Q_A; the errors of their outputs. */
        typedef struct {
            int32_t height, width, channels, filters, kernel_height, kernel_width, stride, top, left, fan_in;
            int32_t pool, pool_stride, out_height, out_width;
            int32_t input, output, mask, errors, weights;        /* where each lies; input -1: the pixels, output -1: the scores */
            int32_t weight_dropped, weight_limit, weight_passes; /* Q_W, and the greatest weight that has a gradient */
            int32_t dropped, limit;                              /* Q_A */
            sum clip;                                            /* the greatest sum whose error passes */
            int32_t error_bits;                                  /* Q_E */
            int32_t learns, clip_first, stored_clip, storage;    /* the update */
            int64_t gradient_bound;
            uint32_t stream;
            int32_t stored_bytes;
            const char *tensor;
        } layer;


        """;

    private void Define(StringBuilder text, CHelpers helpers, TrainingStart start)
    {
        var scores = network.ScoresSpec.FractionBits;
        var isEntropy = network.Loss is SoftmaxCrossEntropy;
        var updates = layers.Where(layer => !layer.Weights.IsFrozen).Select(layer => (layer.Weights.Name, layer.Rules.Update)).ToArray();
        var randomizer = Same("draws random bits for", updates.Select(one => (one.Name, one.Update.Randomizer)));
        var ties = Same("rounds gradients by", updates.Select(one => (one.Name, one.Update.Rounding)));
        helpers.Use("clamp", 32);
        helpers.Use("clamp", 64);
        if (isEntropy) helpers.Use("even", 64);
        (string Name, string Value)[] values =
        [
            ("LAYERS", $"{layers.Count}"), ("FIRST", $"{first}"), ("SCORE_BITS", $"{scores}"), ("CROSS_ENTROPY", isEntropy ? "1" : "0"),
            ("RANDOMIZER_16", randomizer == Quantization.Randomizer.Bits16 ? "1" : "0"), ("TIES_AWAY", ties == Rounding.HalfAway ? "1" : "0"),
            ("ERRORS", ErrorBits == 8 ? "memory" : "errors"),
            ("ROUND_WEIGHT", Round(helpers, 32, Same("rounds weights by", layers.Select(
                layer => (layer.Weights.Name, layer.Rules.Q.Stage.Rounding))))),
            ("ROUND_ACTIVATION", Round(helpers, SumBits, Same("rounds activations by", layers.Where(layer => layer.Activation is not null)
                .Select(layer => (layer.Weights.Name, layer.Activation!.Value.Rounding)), Rounding.HalfEven))),
            ("ROUND_ERROR", Round(helpers, SumBits, Same("rounds errors by", layers.Where(layer => layer.Errors is not null)
                .Select(layer => (layer.Weights.Name, layer.Errors!.Value.Rounding))))),
            ("INITIAL_SEED", $"UINT64_C({start.Seed})"), ("INITIAL_STEP", $"UINT32_C({start.Step})"),
            ("INITIAL_ETA_NUMERATOR", $"INT64_C({start.Eta.Numerator})"), ("INITIAL_ETA_DENOMINATOR", $"INT64_C({start.Eta.Denominator})"),
        ];
        foreach (var (name, value) in values) text.Append($"#define {name} {value}\n");
        if (randomizer == Quantization.Randomizer.Bits16) text.Append($"#define ROUND_GRADIENT {Round(helpers, 64, ties)}\n");
        text.Append('\n');
    }

    private string TableRow(int l)
    {
        var (layer, g) = (layers[l], layers[l].Geometry);
        var (used, update, isLast) = (layer.Rules.Q.Stage, layer.Rules.Update.Clip, layer.Activation is null);
        var clip = Math.Min(layer.Activation?.Clip ?? 0, SumBits == 32 ? int.MaxValue : long.MaxValue);
        var stored = layer.Weights;
        long[] numbers =
        [
            g.Height, g.Width, g.Channels, g.Filters, g.KernelHeight, g.KernelWidth, g.Stride, g.Padding.Top, g.Padding.Left, g.FanIn,
            layer.Pool?.WindowHeight ?? 1, layer.Pool?.Stride ?? 1, layer.Pool?.OutputHeight ?? g.OutputHeight,
            layer.Pool?.OutputWidth ?? g.OutputWidth,
            l == 0 ? -1 : memory.Outputs[l - 1], memory.Outputs[l], memory.Masks[l], memory.Errors[l],
            layers.Take(l).Sum(before => (long)before.Weights.Stored.Length),
            used.Dropped, used.Limit, layer.Rules.Q.Passes ?? int.MaxValue, layer.Activation?.Dropped ?? 0, layer.Activation?.Limit ?? 0, clip,
            layer.Errors?.Bits ?? 2, stored.IsFrozen ? 0 : 1, update.ClipFirst ? 1 : 0, update.Clip, update.Storage,
            stored.GradientBound, RandomStream.Gradient(stored.Index), stored.Type.Size(),
        ];
        var tensor = CText.Quote($"{stored.Name} {stored.Type} {stored.Shape}\n");
        return $"    /* {stored.Name}{(isLast ? ", scores" : "")} */\n    {{ {string.Join(", ", numbers.Select(Number))}, {tensor} }},\n";

        static string Number(long value) => value == long.MaxValue ? "INT64_MAX" : value.ToString(CultureInfo.InvariantCulture);
    }

    private void Memory(StringBuilder text)
    {
        text.Append("/* Activations, masks and errors of a batch; a filter's weights; an image's errors or a filter's gradients; scores. */\n");
        text.Append(CultureInfo.InvariantCulture, $"static int8_t memory[{memory.Bytes}], row[{Row}];\n");
        if (ErrorBits > 8) text.Append(CultureInfo.InvariantCulture, $"static error errors[{memory.WideErrors}];\n");
        text.Append(CultureInfo.InvariantCulture, $"static sum sums[{Sums}], scores[{Scores}];\n\n");
    }

    private static string Round(CHelpers helpers, int bits, Rounding rounding) => rounding switch
    {
        Rounding.HalfEven => helpers.Use("even", bits),
        Rounding.HalfAway => helpers.Use("away", bits),
        Rounding.TowardZero => helpers.Use("zero", bits),
        _ => helpers.Use("pseudo", 64),
    };

    private static T Same<T>(string does, IEnumerable<(string Layer, T Value)> all, T otherwise = default)
        where T : struct
    {
        var values = all.ToArray();
        var other = values.FirstOrDefault(one => !one.Value.Equals(values[0].Value));
        return other.Layer is null ? values.Length == 0 ? otherwise : values[0].Value
            : throw new WageException(
                $"{other.Layer}: {does} {other.Value}, {values[0].Layer} {values[0].Value}, but C trains all layers alike.", TrainedLayer.Way);
    }

    private static short[] Values(SavedTensor tensor) => tensor.Type == ElementType.Int8
        ? [.. MemoryMarshal.Cast<byte, sbyte>(tensor.Bytes).ToArray().Select(weight => (short)weight)]
        : MemoryMarshal.Cast<byte, short>(tensor.Bytes).ToArray();
}
