using System.Globalization;
using System.Text;

namespace Wage.Export.C;

/// <summary>
/// The functions that nodes share, in C99 for any compiler: a program has those that it calls, and those that these call. Nothing in them depends on
/// how a compiler shifts negative numbers.
/// </summary>
internal sealed class CHelpers
{
    private static readonly Dictionary<string, string[]> Needs = new(StringComparer.Ordinal)
    {
        ["even"] = ["floor"],
        ["away"] = ["floor"],
        ["zero"] = ["floor"],
    };

    private readonly List<(string Name, string Text)> used = [];

    /// <summary>A helper for numbers of 32 or 64 bits; from now on it is part of the program.</summary>
    /// <returns>Its name: "even_32".</returns>
    public string Use(string name, int bits)
    {
        foreach (var needed in Needs.GetValueOrDefault(name, [])) Use(needed, bits);
        return Add($"{name}_{bits}", () => Templates[name].Replace("@", bits.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    /// <summary>The multiplication by a scale: "scale_double".</summary>
    public string UseScale(bool isDouble)
    {
        Use("floor", 32);
        Use("floor", 64);
        Use("clamp", 32);
        return Add(isDouble ? "scale_double" : "scale_single", () => Scale(isDouble));
    }

    /// <summary>Weights of few bits as bytes: "unpack_2".</summary>
    public string UseUnpack(int bits)
    {
        UseCode(bits);
        return Add($"unpack_{bits}", () => Fill(Unpack, bits, 0));
    }

    /// <summary>The sum of products with codes of few bits, which <see cref="Weight"/> turns into that with weights.</summary>
    /// <param name="bits">Of a code.</param>
    /// <param name="sum">Of the sum: 32 or 64.</param>
    /// <param name="filter">The number of the filter, in C.</param>
    /// <param name="weights">The array.</param>
    /// <param name="n">The terms.</param>
    /// <returns>The call.</returns>
    public string UseCodes(int bits, int sum, string filter, string weights, int n)
    {
        if (n * bits % 8 == 0)
            return $"{Add($"whole_codes_{bits}_{sum}", () => Fill(WholeCodes, bits, sum))}(x, &{weights}[{filter} * {n * bits / 8}], {n})";
        UseCode(bits);
        return $"{Add($"codes_{bits}_{sum}", () => Fill(Codes, bits, sum))}(x, {weights}, {filter} * {n}, {n})";
    }

    /// <summary>weight = factor * code - less.</summary>
    public static (int Factor, int Less) Weight(int bits) => bits == 1 ? (2, 1) : (1, 1 << (bits - 1));

    /// <summary>The text of all that are used, each behind those that it calls.</summary>
    public void Write(StringBuilder text)
    {
        foreach (var (_, one) in used) text.Append(one).Append("\n\n");
    }

    private void UseCode(int bits) => Add($"code_{bits}", () => Fill(Code, bits, 0));

    private string Add(string name, Func<string> text)
    {
        if (used.TrueForAll(one => one.Name != name)) used.Add((name, text()));
        return name;
    }

    private static string Fill(string template, int bits, int sum)
    {
        var (each, mask, (factor, less)) = (8 / bits, (1 << bits) - 1, Weight(bits));
        var terms = Enumerable.Range(0, each).Select(k =>
            $"x[i{(k == 0 ? "" : $" + {k}")}] * (int32_t)({(k == 0 ? "codes" : $"(codes >> {k * bits})")} & {mask}u)");
        return template
            .Replace("$BITS", $"{bits}", StringComparison.Ordinal)
            .Replace("$SUM", $"{sum}", StringComparison.Ordinal)
            .Replace("$EACH", $"{each}", StringComparison.Ordinal)
            .Replace("$MASK", $"{mask}", StringComparison.Ordinal)
            .Replace("$FLIP", bits switch { 1 => "0x00", 2 => "0xAA", _ => "0x88" }, StringComparison.Ordinal)
            .Replace("$WEIGHT", factor == 1 ? $"code - {less}" : $"{factor} * code - {less}", StringComparison.Ordinal)
            .Replace("$TERMS", string.Join("\n            + ", terms), StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, string> Templates = new(StringComparer.Ordinal)
    {
        ["floor"] =
            """
            /* floor(v / 2^bits), bits below those of v: a shift of a negative number is the compiler's affair, so none is shifted. */
            static int@_t floor_@(int@_t v, int32_t bits)
            {
                return v < 0 ? ~(~v >> bits) : v >> bits;
            }
            """,
        ["even"] =
            """
            /* v / 2^bits to the nearest, ties to the even neighbour. */
            static int@_t even_@(int@_t v, int32_t bits)
            {
                const uint@_t dropped = (uint@_t)v & ((UINT@_C(1) << bits) - 1u);
                const uint@_t half = bits > 0 ? UINT@_C(1) << (bits - 1) : 1u;
                const int@_t down = floor_@(v, bits);
                return dropped > half || (dropped == half && down % 2 != 0) ? down + 1 : down;
            }
            """,
        ["away"] =
            """
            /* v / 2^bits to the nearest, ties away from zero. */
            static int@_t away_@(int@_t v, int32_t bits)
            {
                const uint@_t dropped = (uint@_t)v & ((UINT@_C(1) << bits) - 1u);
                const uint@_t half = bits > 0 ? UINT@_C(1) << (bits - 1) : 1u;
                const int@_t down = floor_@(v, bits);
                return dropped > half || (dropped == half && v > 0) ? down + 1 : down;
            }
            """,
        ["zero"] =
            """
            /* v / 2^bits toward zero. */
            static int@_t zero_@(int@_t v, int32_t bits)
            {
                const uint@_t dropped = (uint@_t)v & ((UINT@_C(1) << bits) - 1u);
                const int@_t down = floor_@(v, bits);
                return v < 0 && dropped > 0 ? down + 1 : down;
            }
            """,
        ["pseudo"] =
            """
            /* v / 2^bits, away from zero where the upper half of the dropped bits exceeds the lower. */
            static int@_t pseudo_@(int@_t v, int32_t bits)
            {
                const int@_t magnitude = v < 0 ? -v : v;
                const uint@_t dropped = (uint@_t)magnitude & ((UINT@_C(1) << bits) - 1u);
                const uint@_t upper = dropped >> (bits / 2);
                const uint@_t lower = (dropped & ((UINT@_C(1) << (bits / 2)) - 1u)) << (bits % 2);
                const int@_t rounded = (magnitude >> bits) + (upper > lower ? 1 : 0);
                return v < 0 ? -rounded : rounded;
            }
            """,
        ["clamp"] =
            """
            static int@_t clamp_@(int@_t v, int@_t least, int@_t most)
            {
                return v > most ? most : v < least ? least : v;
            }
            """,
        ["relu"] =
            """
            static int@_t relu_@(int@_t v)
            {
                return v > 0 ? v : 0;
            }
            """,
        ["dot"] =
            """
            static int@_t dot_@(const int8_t *x, const int8_t *w, int32_t n)
            {
                int@_t sum = 0;
                int32_t i;
                for (i = 0; i < n; i++) sum += x[i] * w[i];
                return sum;
            }
            """,
        ["total"] =
            """
            static int@_t total_@(const int8_t *x, int32_t n)
            {
                int@_t sum = 0;
                int32_t i;
                for (i = 0; i < n; i++) sum += x[i];
                return sum;
            }
            """,
        ["mean_even"] =
            """
            /* sum / n to the nearest, ties to the even neighbour. */
            static int@_t mean_even_@(int@_t sum, int@_t n)
            {
                const int@_t q = sum / n, left = sum % n, twice = 2 * (left < 0 ? -left : left);
                return twice > n || (twice == n && q % 2 != 0) ? q + (sum < 0 ? -1 : 1) : q;
            }
            """,
        ["mean_away"] =
            """
            /* sum / n to the nearest, ties away from zero. */
            static int@_t mean_away_@(int@_t sum, int@_t n)
            {
                const int@_t q = sum / n, left = sum % n, twice = 2 * (left < 0 ? -left : left);
                return twice >= n ? q + (sum < 0 ? -1 : 1) : q;
            }
            """,
    };

    private static string Scale(bool isDouble) =>
        $$"""
        /* v * multiplier * 2^(shift - 31), shift from -31 to 30, {{(isDouble ? "rounded twice" : "rounded once, ties up")}}. */
        static int32_t {{(isDouble ? "scale_double" : "scale_single")}}(int32_t v, int32_t multiplier, int32_t shift)
        {
            const int32_t left = shift > 0 ? shift : 0, right = left - shift, most = INT32_MAX >> left;
            const int64_t product = (int64_t)(clamp_32(v, -most - 1, most) * (INT32_C(1) << left)) * multiplier;
            const int32_t high = (int32_t)floor_64(product{{(isDouble ? " + (INT32_C(1) << 30)" : " + (right == 0 ? INT32_C(1) << 30 : 0)")}}, 31);
            const uint32_t mask = (UINT32_C(1) << right) - 1u;
            return floor_32(high, right) + (((uint32_t)high & mask) > (mask >> 1){{(isDouble ? " + (high < 0 ? 1u : 0u)" : "")}} ? 1 : 0);
        }
        """;

    private const string Code =
        """
        /* The code of a weight, from 0 on; the first lies in the lowest bits of the first byte. */
        static int32_t code_$BITS(const uint8_t *w, int32_t at)
        {
            return (int32_t)(((uint32_t)w[at / $EACH] ^ $FLIPu) >> (at % $EACH * $BITS) & $MASKu);
        }
        """;

    private const string Unpack =
        """
        static void unpack_$BITS(const uint8_t *w, int32_t first, int32_t n, int8_t *to)
        {
            int32_t i;
            for (i = 0; i < n; i++) {
                const int32_t code = code_$BITS(w, first + i);
                to[i] = (int8_t)($WEIGHT);
            }
        }
        """;

    private const string Codes =
        """
        /* The sum of x times the codes of weights, the first of which may lie anywhere in a byte. */
        static int$SUM_t codes_$BITS_$SUM(const int8_t *x, const uint8_t *w, int32_t first, int32_t n)
        {
            int$SUM_t sum = 0;
            int32_t i;
            for (i = 0; i < n; i++) sum += x[i] * code_$BITS(w, first + i);
            return sum;
        }
        """;

    private const string WholeCodes =
        """
        /* The sum of x times the codes of weights in whole bytes. */
        static int$SUM_t whole_codes_$BITS_$SUM(const int8_t *x, const uint8_t *w, int32_t n)
        {
            int$SUM_t sum = 0;
            int32_t i;
            for (i = 0; i < n; i += $EACH) {
                const uint32_t codes = (uint32_t)*w++ ^ $FLIPu;
                sum += $TERMS;
            }
            return sum;
        }
        """;
}
