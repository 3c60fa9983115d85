using System.Diagnostics;
using Wage.Schemes;

// Types that break the rules of the integer core on purpose, one rule each: the scanners must find them all, or a rule is blind.
namespace Wage.Tests.Architecture.Planted;

internal static class FloatLocal
{
    public static int Half(int x)
    {
        var half = x * 0.5f;
        Grow(ref half);
        return half > 1 ? 1 : 0;
    }

    private static void Grow(ref float value) => value += 1;
}

internal sealed class DoubleField
{
    public double Value = 1;
}

internal static class FloatConversion
{
    public static long Truncate(long x) => (long)((double)x / 3);
}

internal static class SquareRoot
{
    public static int Root(int x) => (int)Math.Sqrt(x);
}

internal static class RawBits
{
    public static long Bits(object boxed) => BitConverter.DoubleToInt64Bits((double)boxed);
}

internal sealed class GenericArgument
{
    public List<float>? Values { get; set; }
}

internal static class DecimalParameter
{
    public static bool IsZero(decimal x) => x.Equals(0);
}

internal static class HalfArray
{
    public static int Count() => new Half[3].Length;
}

internal static class FloatBehindAGenericCall
{
    public static string Name() => NameOf<double>();

    private static string NameOf<T>() => typeof(T).Name;
}

internal static class IteratorClosure
{
    public static IEnumerable<int> Count(int n)
    {
        var step = 0.25;
        for (var i = 0; i < n; i++)
        {
            yield return i * (int)(step * 4);
            step += 1;
        }
    }
}

internal static class LambdaClosure
{
    public static Func<int, int> Scale(int numerator)
    {
        var scale = numerator / 3f;
        return x => (int)(x * scale);
    }
}

internal static class AsyncClosure
{
    public static async Task<int> Wait(int x)
    {
        var y = x * 1.5;
        await Task.Yield();
        return (int)y;
    }
}

internal static class BigIntegerLogarithm
{
    public static bool IsLarge(System.Numerics.BigInteger x) => System.Numerics.BigInteger.Log(x).Equals(1);
}

internal static class FloatingPointConstraint
{
    public static T Same<T>(T x)
        where T : System.Numerics.IFloatingPoint<T> => x;
}

internal static class ClockField
{
    public static TimeSpan Elapsed = TimeSpan.Zero;
}

/// <summary>Integers only: nothing to find.</summary>
internal static class Clean
{
    public static async Task<long> Sum(IEnumerable<int> values)
    {
        var total = 0L;
        foreach (var value in values.Select(value => value * 2L)) total = checked(total + value);
        await Task.Yield();
        return Math.Clamp(total, -5, 5);
    }
}

internal static class Ticks
{
    public static int Now() => Environment.TickCount;
}

internal static class Watch
{
    public static long Ticks() => Stopwatch.GetTimestamp();
}

internal static class Measures
{
    public static long Calls(Wage.Backends.IBackend backend) => new Wage.Diagnostics.TimedBackend(backend).Totals.Count;
}

internal static class Dice
{
    public static int Throw() => new Random(1).Next(6);
}

internal static class Date
{
    public static int Year() => DateTime.UtcNow.Year;
}

internal static class ThreadNumber
{
    public static int Number() => Environment.CurrentManagedThreadId;
}

internal static class SchemeTest
{
    public static bool IsWage(Scheme scheme) => scheme is WageScheme;
}

internal static class SchemeMaker
{
    public static Scheme Make() => new WageScheme(new WageOptions());
}

internal static class NamesAKind
{
    public static bool IsIntegerSgd(SchemeKind kind) => kind == IntegerSgdKind.Kind;
}

internal static class SchemeCast
{
    public static string Name(Scheme scheme) => ((WageScheme)scheme).Name;
}

internal static class SchemeSwitch
{
    public static string Name(Scheme scheme) => scheme switch
    {
        WageScheme wage => wage.Name,
        _ => "other",
    };
}

internal static class NamesAnOption
{
    public static string Hint() => "train with --device cpu";
}

internal static class NamesAKey
{
    public static Wording Hint(int eta) => $"take a smaller rate: training.eta={eta}";
}

internal static class NamesAnOptionsKey
{
    public static WageException Refusal(string option) => new($"scheme.{option}: is 9");
}

internal static class NamesACommand
{
    public static string Hint(string name) => $"`wage data get {name}` fetches it";
}

internal static class NamesAVariable
{
    public static string Hint() => "set WAGE_DATA";
}

internal static class NamesNothing
{
    public static string Text(string model) => $"wage 2-8-8-8 {model}: take another scheme, model or data -- or a batch of 1: model.of.data.csv";
}
