using System.Text;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>
/// A model as a program of C99 without floats, heap or libraries: pixels in, scores out, the integers of <see cref="IntegerModel"/>. Every sum was
/// proved to fit its type, 32 bits where they do. One array holds all activations; weights of few bits stay packed.
/// </summary>
/// <param name="Header">model.h.</param>
/// <param name="Source">model.c.</param>
/// <param name="Example">example.c: a main that reads images from standard input and prints their scores.</param>
/// <param name="Places">Where each node's output lies in the array, in the order in which they are written.</param>
/// <param name="RamBytes">The array. The caller's pixels and scores, and the stack, are not in it.</param>
/// <param name="FlashBytes">Weights, tables and names; the code is the compiler's.</param>
public sealed record CProgram(string Header, string Source, string Example, IReadOnlyList<CPlace> Places, long RamBytes, long FlashBytes)
{
    /// <summary>How the files begin, by which they are known.</summary>
    internal const string Mark = "/* A Wage model in C99";

    private const int PointerBytes = 4;

    /// <summary>The program of a model.</summary>
    /// <exception cref="WageException">An operation or a stage is somebody's own, or what it claims of its values does not hold.</exception>
    public static CProgram Of(ModelPlanFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var plan = model.Plan;
        var arena = new Arena(plan, [.. plan.Nodes.Select(node => COperations.Scratch(plan, node))]);
        var (helpers, functions, calls) = (new CHelpers(), new StringBuilder(), new StringBuilder());
        for (var i = 1; i < plan.Nodes.Length; i++)
            if (COperations.Write(new CNode(plan, i, helpers, functions))) Call(calls, plan, arena, i);
        model.RequireBounds("model");
        var names = CNames.Of(model);
        var source = new StringBuilder();
        CText.Array(source, "int8_t", "pixel_values", plan.Pixels);
        names.Define(source);
        helpers.Write(source);
        source.Append(functions);
        Main(source, plan, arena, calls);
        var constants = plan.Constants.Where(one => one.Type != ElementType.Int64 || IsTable(plan, one));
        var flash = plan.Pixels.Length + constants.Sum(one => (long)one.Stored.Length);
        var id = CText.Id(names.Header(arena.Bytes, 0), source);
        return new CProgram(
            names.Header(arena.Bytes, id), $"{Head("made by its export, do not edit", "model.h", "MODEL_ID", id)}{source}", CNames.Example,
            arena.Places, arena.Bytes, flash + names.Bytes(PointerBytes))
        {
            Id = id,
        };
    }

    /// <summary>What tells this header from that of another export.</summary>
    internal uint Id { get; private init; }

    /// <summary>How a source begins: with its header, which must be of the same export.</summary>
    internal static string Head(string what, string header, string macro, uint id) =>
        $"""
        {Mark}: {what}. */
        #include "{header}"

        #if INT_MAX < INT32_MAX
        #error "int has fewer than 32 bits here"
        #endif

        #if {macro} != {CText.Hex(id)}
        #error "{header} is of another export than this file"
        #endif


        """;

    /// <summary>Constants of 64 bits are ranges, which no stage of a model reads, but for tables.</summary>
    private static bool IsTable(ModelPlan plan, PlanTensor constant) =>
        plan.Nodes.Any(node => node.Operation is LookupOperation && node.Constants.Contains(constant.Name));

    private static void Call(StringBuilder calls, ModelPlan plan, Arena arena, int i)
    {
        var node = plan.Nodes[i];
        var inputs = node.Inputs.Select(input => At(arena.Output(input)));
        var scratch = COperations.Scratch(plan, node) > 0 ? [At(arena.Scratch(i))] : Array.Empty<string>();
        calls.Append($"    {CText.Name(i, node.Name)}({string.Join(", ", [.. inputs, At(arena.Output(i)), .. scratch])});\n");
    }

    private static string At(CPlace place) => $"&arena.{Member(place.Type)}[{place.Offset / place.Type.Size()}]";

    private static string Member(ElementType type) => $"i{8 * type.Size()}";

    private static void Main(StringBuilder text, ModelPlan plan, Arena arena, StringBuilder calls)
    {
        var scores = arena.Output(plan.Nodes.Length - 1);
        text.Append("/* All activations, each where nothing that is still needed lies. */\nstatic union {\n");
        foreach (var type in arena.Places.Select(place => place.Type).Distinct().Order())
            text.Append($"    {CText.Type(type)} {Member(type)}[{arena.Bytes / type.Size()}];\n");
        text.Append($$"""
            } arena;

            void model_run(const uint8_t *pixels, model_score *scores)
            {
                int32_t i;
                for (i = 0; i < MODEL_PIXELS; i++) arena.i8[{{arena.Output(0).Offset}} + i] = pixel_values[pixels[i]];
            {{calls}}    for (i = 0; i < MODEL_CLASSES; i++) scores[i] = arena.{{Member(scores.Type)}}[{{scores.Offset / scores.Type.Size()}} + i];
            }

            int32_t model_class(const model_score *scores)
            {
                int32_t i, best = 0;
                for (i = 1; i < MODEL_CLASSES; i++)
                    if (scores[i] > scores[best]) best = i;
                return best;
            }

            """);
    }
}
