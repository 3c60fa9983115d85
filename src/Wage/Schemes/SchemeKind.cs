using Wage.Models;
using Wage.Training;

namespace Wage.Schemes;

/// <summary>A scheme that can be named: its options as a table, and how it is made from their values.</summary>
public sealed class SchemeKind
{
    private readonly Func<SchemeSettings, Scheme>? create;
    private readonly Func<SchemeSettings, NetworkRequest, ITrainable> build;

    /// <summary>A scheme of integers of this name.</summary>
    /// <param name="name">"wage": a word, as recipes write it.</param>
    /// <param name="description">What it is, in a line.</param>
    /// <param name="options">Its options; one that gives another its default stands before it.</param>
    /// <param name="create">Makes it. Values that do not go together are a <see cref="WageException"/>.</param>
    /// <exception cref="ArgumentException">The name or an option is no word or there twice, or a default breaks its rule.</exception>
    public SchemeKind(string name, string description, IReadOnlyList<SchemeOption> options, Func<SchemeSettings, Scheme> create)
        : this(name, description, options, (settings, request) => new Network(
            request.ToLayers(settings.Kind), settings.Kind.Create(settings), request.Loss, request.Images, request.Backend, request.Accumulator,
            request.Input, layerSchemes: request.LayerSettings?.ToDictionary(own => own.Key, own => own.Value.Kind.Create(own.Value)),
            slice: request.Slice, frozen: request.Frozen))
    {
        ArgumentNullException.ThrowIfNull(create);
        this.create = create;
    }

    /// <summary>The name of another way to train, with networks of its own.</summary>
    /// <param name="name">"float32": a word, as recipes write it.</param>
    /// <param name="description">What it is, in a line.</param>
    /// <param name="options">Its options; one that gives another its default stands before it.</param>
    /// <param name="build">Makes a network. What it does not have is a <see cref="WageException"/>.</param>
    /// <exception cref="ArgumentException">The name or an option is no word or there twice, or a default breaks its rule.</exception>
    public SchemeKind(
        string name, string description, IReadOnlyList<SchemeOption> options, Func<SchemeSettings, NetworkRequest, ITrainable> build)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(build);
        (Name, Description, Options, this.build) = (Word(name), description, [.. options], build);
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in Options)
        {
            if (option.Otherwise is { } other && (!before.Contains(other.Option) || option.Values.Canonical(other.Default) != other.Default))
                throw new ArgumentException($"{name}.{option.Name}: the other default does not fit", nameof(options));
            if (option.SameAs is { } same && (!before.Contains(same.Option) || option.Values.Canonical(same.Value) != same.Value))
                throw new ArgumentException($"{name}.{option.Name}: the value that is another option's does not fit", nameof(options));
            if (!before.Add(Words(option.Name)) || option.Values.Canonical(option.Default) != option.Default)
                throw new ArgumentException($"{name}.{option.Name}: is there twice, or its default breaks its rule", nameof(options));
        }

        RequireSections();
    }

    /// <summary>Reads a checkpoint in another form than <see cref="Checkpoint.Read"/> does, and gives null of other files; null: none.</summary>
    internal Func<string, Checkpoint?>? OtherForm { get; init; }

    /// <summary>Whether a scheme of integers has a layer that not every one has.</summary>
    internal Func<SchemeLayerSpec, bool> HasLayer { get; init; } = _ => false;

    /// <summary>True where a batch norm stands before every activation anyway.</summary>
    internal bool IsNormalized { get; init; }

    /// <summary>"wage".</summary>
    public string Name { get; }

    /// <summary>What it is, in a line.</summary>
    public string Description { get; }

    /// <summary>
    /// Options of the scheme affine under which the weights that its products read in an evaluation are codes as they are: so a trained network
    /// becomes integers by calibration. Empty: any codes only come near them.
    /// </summary>
    public IReadOnlyList<(string Option, string Value)> CalibratedAs { get; init; } = [];

    /// <summary>True for a scheme of integers, which <see cref="Create"/> makes; it runs on every backend.</summary>
    public bool IsInteger => create is not null;

    /// <summary>The options.</summary>
    public IReadOnlyList<SchemeOption> Options { get; }

    /// <summary>What the values of its options make of a run's epochs; default: a run is one stage.</summary>
    public Func<SchemeSettings, SchemeSchedule> Schedule { get; init; } = _ => default;

    /// <summary>The option of this name, or null.</summary>
    public SchemeOption? Find(string option) => Options.FirstOrDefault(known => known.Name == option);

    /// <summary>The option of this name.</summary>
    /// <param name="option">"kW".</param>
    /// <param name="origin">Where it was given, for the message.</param>
    /// <exception cref="WageException">There is no such option; the nearest is suggested.</exception>
    public SchemeOption Require(string option, string origin) => Find(option) ?? throw new WageException(
        $"{origin}: scheme {Name} has no option '{OneLine.Quote(option)}'.",
        NearestName.Of(option, Options.Select(known => known.Name)) is { } near ? $"did you mean {near}?"
            : $"it has {string.Join(", ", Options.Select(known => known.Name))}.");

    /// <summary>These values, and the defaults of the other options.</summary>
    /// <exception cref="WageException">An option is unknown, or a value breaks its rule.</exception>
    public SchemeSettings Settings(params IEnumerable<(string Option, string Value)> given) => SchemeSettings.Of(this, given);

    /// <summary>The scheme of these values.</summary>
    /// <exception cref="WageException">They do not go together.</exception>
    /// <exception cref="InvalidOperationException">It is no scheme of integers.</exception>
    public Scheme Create(SchemeSettings settings)
    {
        Require(settings);
        if (create is null) throw new InvalidOperationException($"{Name} is no scheme of integers; build its networks");
        var scheme = create(settings);
        scheme.Settings = settings;
        return scheme;
    }

    /// <summary>A network with this scheme.</summary>
    /// <exception cref="WageException">A shape does not fit, a bound cannot be proved, or the scheme has no such layer, loss or backend.</exception>
    public ITrainable Build(SchemeSettings settings, NetworkRequest request)
    {
        Require(settings);
        return build(settings, request);
    }

    private void Require(SchemeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Kind != this) throw new ArgumentException($"the settings are of {settings.Kind.Name}, not of {Name}", nameof(settings));
    }

    /// <summary>Recipes write the options of a section below its name, once: they stand together, and no option is called as a section is.</summary>
    private void RequireSections()
    {
        var sections = Options.Select(option => option.Section).Where(section => section.Length > 0).ToList();
        foreach (var section in sections.Distinct())
        {
            var together = Options.SkipWhile(option => option.Section != section).TakeWhile(option => option.Section == section).Count();
            if (together != sections.Count(other => other == section) || Find(section) is not null)
                throw new ArgumentException($"{Name}.{section}: its options do not stand together, or an option has its name");
        }
    }

    /// <summary>A word, or a section's word, a dot and a word.</summary>
    private static string Words(string name) =>
        name.Split('.') is { Length: <= 2 } words ? string.Join('.', words.Select(Word))
            : throw new ArgumentException($"'{name}' has more than one dot", nameof(name));

    private static string Word(string name) =>
        name is { Length: > 0 and <= 40 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? name : throw new ArgumentException($"'{name}' is not 1 to 40 letters, digits, '-' and '_'", nameof(name));
}

/// <summary>What a scheme makes of a run's epochs.</summary>
/// <param name="MoreStages">Stages after the first, each a whole schedule of the epochs and rates that a run asks for.</param>
/// <param name="NeedsEpochs">True when a step depends on how many epochs there will be, so that a run cannot get more of them later.</param>
public readonly record struct SchemeSchedule(int MoreStages, bool NeedsEpochs);
