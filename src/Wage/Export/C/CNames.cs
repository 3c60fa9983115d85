using System.Text;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>What the header says of a model, with the names of its classes.</summary>
/// <param name="Model">The model.</param>
/// <param name="Classes">A name for every score; a number where the data have none.</param>
internal sealed record CNames(ModelPlanFile Model, IReadOnlyList<string> Classes)
{
    /// <summary>A main that reads images and prints scores.</summary>
    public static string Example { get; } =
        $$"""
        {{CProgram.Mark}}. Reads images of MODEL_PIXELS bytes from standard input, to its end;
           prints of each the best class and all scores. */
        #include <stdio.h>
        #include "model.h"

        int main(void)
        {
            static uint8_t pixels[MODEL_PIXELS];
            static model_score scores[MODEL_CLASSES];
            size_t count;
            while ((count = fread(pixels, 1, sizeof pixels, stdin)) == sizeof pixels) {
                int32_t i;
                model_run(pixels, scores);
                printf("%s:", model_class_names[model_class(scores)]);
                for (i = 0; i < MODEL_CLASSES; i++) printf(" %lld", (long long)scores[i]);
                putchar('\n');
            }
            if (ferror(stdin)) {
                fputs("standard input: cannot be read\n", stderr);
                return 1;
            }
            if (fflush(stdout) != 0 || ferror(stdout)) {
                fputs("standard output: cannot be written\n", stderr);
                return 1;
            }
            if (count != 0) {
                fprintf(stderr, "standard input: ends within an image of %d bytes\n", MODEL_PIXELS);
                return 2;
            }
            return 0;
        }

        """;

    /// <summary>Of a model.</summary>
    public static CNames Of(ModelPlanFile model) => new(model, model.ScoreNames);

    /// <summary>Their bytes, and those of pointers to them.</summary>
    public long Bytes(int pointer) => Classes.Sum(name => Encoding.UTF8.GetByteCount(name) + 1L + pointer);

    /// <summary>The array of names.</summary>
    public void Define(StringBuilder text)
    {
        text.Append("const char *const model_class_names[MODEL_CLASSES] = {\n");
        foreach (var name in Classes) text.Append("    ").Append(CText.Quote(name)).Append(",\n");
        text.Append("};\n\n");
    }

    /// <summary>model.h.</summary>
    /// <param name="ram">The bytes of activations.</param>
    /// <param name="id">See <see cref="CProgram.Id"/>.</param>
    public string Header(long ram, uint id)
    {
        var (plan, image) = (Model.Plan, Model.Plan.Image);
        var origin = Model.Origin is { } of ? $"\n/* Weights {of.WeightsSha256}, epoch {of.Epoch}. */" : "";
        var type = plan.Scores.Type == ElementType.Int64 ? "int64_t" : "int32_t";
        return
            $$"""
            {{CProgram.Mark}}: made by its export, do not edit. Integers alone; neither heap nor library. */{{origin}}
            #ifndef MODEL_H
            #define MODEL_H

            #include <limits.h>
            #include <stdint.h>

            #ifdef __cplusplus
            extern "C" {
            #endif

            #define MODEL_ID {{CText.Hex(id)}}

            /* An image: rows from the top, pixels from the left, channels side by side, a byte each. */
            #define MODEL_HEIGHT {{image[1]}}
            #define MODEL_WIDTH {{image[2]}}
            #define MODEL_CHANNELS {{image[3]}}
            #define MODEL_PIXELS {{image.Length}}
            #define MODEL_CLASSES {{plan.Classes}}

            /* A score s is the value s / 2^MODEL_SCORE_BITS. */
            #define MODEL_SCORE_BITS {{plan.Scores.FractionBits}}
            typedef {{type}} model_score;

            /* UTF-8. */
            extern const char *const model_class_names[MODEL_CLASSES];

            /* Writes MODEL_CLASSES scores of MODEL_PIXELS pixels. One call at a time: it works in {{ram}} bytes of its own. */
            void model_run(const uint8_t *pixels, model_score *scores);

            /* The first of the greatest scores. */
            int32_t model_class(const model_score *scores);

            #ifdef __cplusplus
            }
            #endif

            #endif

            """;
    }
}
