using Wage.Simulation;
using Wage.Simulation.Quantization;
using Wage.Simulation.Ranges;
using Wage.Simulation.Stochastic;
using Wage.Training;

namespace Wage.Schemes;

/// <summary>The schemes by name, which any assembly can extend: what is registered here, recipes can name.</summary>
public static class SchemeRegistry
{
    private static readonly Lock Gate = new();
    private static SchemeKind[] kinds = [WageKind.Kind, IntegerSgdKind.Kind, Float32Kind.Kind, AffineKind.Kind, UniformKind.Kind, SqKind.Kind];

    /// <summary>The scheme of recipes that name none.</summary>
    public static SchemeKind Default => WageKind.Kind;

    /// <summary>What is registered, in that order.</summary>
    public static IReadOnlyList<SchemeKind> Kinds => kinds;

    /// <summary>Adds a scheme.</summary>
    /// <exception cref="ArgumentException">There is one of this name.</exception>
    public static void Register(SchemeKind kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        lock (Gate)
        {
            if (Find(kind.Name) is not null) throw new ArgumentException($"there is a scheme '{kind.Name}' already", nameof(kind));
            kinds = [.. kinds, kind];
        }
    }

    /// <summary>The scheme of this name, or null.</summary>
    public static SchemeKind? Find(string name) => kinds.FirstOrDefault(kind => kind.Name == name);

    /// <summary>The scheme of this name.</summary>
    /// <exception cref="WageException">There is none; the nearest is suggested.</exception>
    public static SchemeKind Require(string name) => Find(name) ?? throw new WageException(
        $"there is no scheme '{OneLine.Quote(name)}'.",
        NearestName.Of(name, kinds.Select(kind => kind.Name)) is { } near ? $"did you mean {near}?"
            : $"there are {string.Join(", ", kinds.Select(kind => kind.Name))}.");

    /// <summary>A scheme by its name, with these values and the defaults of the other options.</summary>
    /// <exception cref="WageException">The name or an option is unknown, or a value breaks its rule or does not go with the others.</exception>
    public static Scheme Create(string name, params IEnumerable<(string Option, string Value)> values)
    {
        var kind = Require(name);
        return kind.Create(kind.Settings(values));
    }

    /// <summary>A checkpoint, be it in another form that a kind has for its own.</summary>
    /// <exception cref="WageException">See <see cref="Checkpoint.Read"/>; or the form has no model.</exception>
    internal static Checkpoint ReadCheckpoint(string path) =>
        kinds.Select(kind => kind.OtherForm?.Invoke(path)).FirstOrDefault(read => read is not null) ?? Checkpoint.Read(path);
}
