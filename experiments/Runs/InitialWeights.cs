using System.Buffers.Binary;
using System.Security.Cryptography;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Layers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>The weights that a recipe's `model.initial` starts from, in place of the seed's: a checkpoint's or an archive's, by name.</summary>
internal sealed class InitialWeights
{
    private const string Key = "model.initial";
    private const string LayersKey = "model.initialLayers";
    private readonly ITrainable network;
    private readonly List<string> mismatches = [];
    private readonly List<(IStoredTensor Tensor, byte[] Bytes)> loads = [];

    private InitialWeights(ITrainable network) => this.network = network;

    /// <summary>Puts them into a network that has its initial weights, where the recipe names a file.</summary>
    /// <exception cref="WageException">The file cannot be read, or does not fit; every mismatch is listed, and nothing is changed.</exception>
    public static void Load(Recipe recipe, ITrainable network)
    {
        if (recipe[Key] is not { Length: > 0 } path) return;
        var loading = new InitialWeights(network);
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            var shapes = loading.Wanted(recipe).ToDictionary(one => one.Name, one => one.Shape);
            loading.Take(Read(path, () => WeightArchive.Read(path, shapes)), recipe);
        }
        else loading.Take(Read(path, () => SavedRun.Open(path)), recipe);

        if (loading.mismatches.Count > 0)
            throw new WageException(
                $"{Key}: {path} does not fit the model: {string.Join("; ", loading.mismatches)}.",
                $"{LayersKey} takes the layers that fit, for example {LayersKey}: {Layer(network.StoredWeights[0])}.");
        foreach (var (tensor, bytes) in loading.loads) tensor.Load(bytes);
    }

    /// <summary>SHA-256 of the file, which a run depends on besides its recipe, data and seed; null where the recipe names none.</summary>
    public static string? Sha256(Recipe recipe)
    {
        if (recipe[Key] is not { Length: > 0 } path) return null;
        using var file = BoundedFile.Open(Directory.Exists(path) ? SavedRun.Open(path).Path : path, "file", long.MaxValue);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>What is there; what is wrong with it is told with the key that names it.</summary>
    private static T Read<T>(string path, Func<T> read)
    {
        if (!Path.Exists(path))
            throw new WageException(
                $"{Key} is '{OneLine.Of(path)}', but must be a run folder, a checkpoint or an .npz that is there.",
                "`wage runs` lists run folders; a checkpoint is last.wage or best.wage in one.");
        try
        {
            return read();
        }
        catch (WageException error)
        {
            throw new WageException($"{Key}: {error.Problem}", error.Hint ?? "give a run folder, a checkpoint or an .npz.", error);
        }
    }

    private void Take(SavedRun saved, Recipe recipe)
    {
        var there = saved.Checkpoint.Weights.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (tensor, found) in Pairs(recipe, there))
        {
            var (grid, own) = (saved.Recipe.BitsOf(Layer(tensor)).G, recipe.BitsOf(Layer(tensor)).G);
            if (found.Shape != tensor.Shape) Mismatch(tensor, $"{found.Shape}", $"{tensor.Shape}");
            else if (grid != own && !HasItsOwnGrid(tensor)) Mismatch(tensor, $"stored with {grid} bits", $"with {own}");
            else if (found.Type != tensor.Type) Mismatch(tensor, $"{found.Type}", $"{tensor.Type}");
            else Accept(tensor, found.Bytes);
        }

        TakeStates(saved, recipe);
    }

    /// <summary>gamma and beta of integers have one grid, whatever the weights are stored with.</summary>
    private static bool HasItsOwnGrid(IStoredTensor tensor) => tensor is Parameter { Kind: ParameterKind.Scale or ParameterKind.Offset };

    /// <summary>What belongs to layers comes along, as far as both have it, scales where both have codes of as many bits.</summary>
    private void TakeStates(SavedRun saved, Recipe recipe)
    {
        var layers = Layers(recipe);
        var there = saved.Checkpoint.States.ToDictionary(state => state.Name, StringComparer.Ordinal);
        foreach (var (state, scales) in network.LayerStates.Where(one => layers.Length == 0 || layers.Contains(Layer(one.State))))
        {
            if (there.GetValueOrDefault(state.Name) is not { } found || (found.Type, found.Shape) != (state.Type, state.Shape)) continue;
            if (Bits(saved.Recipe, Layer(state), scales) == Bits(recipe, Layer(state), scales)) Accept(state, found.Bytes);
        }
    }

    private static int Bits(Recipe recipe, string layer, LayerParts scales) => scales switch
    {
        LayerParts.Weights => recipe.BitsOf(layer).W,
        LayerParts.Activations => recipe.BitsOf(layer).A,
        _ => 0,
    };

    private void Take(Dictionary<string, WeightArchive.Entry> there, Recipe recipe)
    {
        foreach (var (tensor, found) in Pairs(recipe, there))
        {
            if (found.Values is null) Mismatch(tensor, found.Shape, $"{tensor.Shape}");
            else if (Bytes(found.IsFloat, found.Values, tensor) is { } bytes) Accept(tensor, bytes);
        }
    }

    /// <summary>The model's tensors that are to be taken; the recipe may name their layers.</summary>
    private List<IStoredTensor> Wanted(Recipe recipe)
    {
        var layers = Layers(recipe);
        var missing = layers.Except(network.StoredWeights.Select(Layer)).ToList();
        if (missing.Count > 0) throw new WageException($"{LayersKey}: the model has no weights {string.Join(", ", missing)}.", Nearest(missing[0]));
        return [.. network.StoredWeights.Where(tensor => layers.Length == 0 || layers.Contains(Layer(tensor)))];
    }

    /// <summary>Those with what has their names in the file.</summary>
    private IEnumerable<(IStoredTensor Tensor, T Found)> Pairs<T>(Recipe recipe, Dictionary<string, T> there)
    {
        foreach (var tensor in Wanted(recipe))
        {
            if (there.Remove(tensor.Name, out var found)) yield return (tensor, found);
            else mismatches.Add($"it has no {tensor.Name}");
        }

        if (Layers(recipe).Length == 0) mismatches.AddRange(there.Keys.Select(name => $"the model has no {OneLine.Quote(name)}"));
    }

    private string Nearest(string name)
    {
        var known = network.StoredWeights.Select(Layer).Distinct().ToList();
        return NearestName.Of(name, known) is { } near ? $"did you mean {near}?" : $"it has {string.Join(", ", known)}.";
    }

    /// <summary>The bytes of an archive's array on the grid of this tensor, or null with the mismatch noted.</summary>
    private byte[]? Bytes(bool isFloat, double[] values, IStoredTensor tensor)
    {
        if (tensor.Type == ElementType.Float32) return [.. values.SelectMany(value => BitConverter.GetBytes((float)value))];
        var range = (tensor as Parameter)?.StoredRange ?? throw new InvalidOperationException($"{tensor.Name} has no grid");
        var bytes = new byte[values.Length * tensor.Type.Size()];
        for (var i = 0; i < values.Length; i++)
        {
            var code = isFloat ? Math.Round(Math.ScaleB(values[i], range.FractionBits), MidpointRounding.ToEven) : values[i];
            if (isFloat) code = Math.Clamp(code, -range.Limit, range.Limit);
            if (!double.IsFinite(values[i]) || Math.Abs(code) > range.Limit)
            {
                mismatches.Add($"{tensor.Name} has {values[i]} at {i}, but codes are from -{range.Limit} to {range.Limit}");
                return null;
            }

            var place = bytes.AsSpan(i * tensor.Type.Size());
            switch (tensor.Type)
            {
                case ElementType.Int8: place[0] = (byte)(sbyte)code; break;
                case ElementType.Int16: BinaryPrimitives.WriteInt16LittleEndian(place, (short)code); break;
                case ElementType.Int32: BinaryPrimitives.WriteInt32LittleEndian(place, (int)code); break;
                default: BinaryPrimitives.WriteInt64LittleEndian(place, (long)code); break;
            }
        }

        return bytes;
    }

    private void Accept(IStoredTensor tensor, byte[] bytes)
    {
        try
        {
            tensor.RequireStorable(bytes);
            loads.Add((tensor, bytes));
        }
        catch (WageException error)
        {
            mismatches.Add(error.InWords().TrimEnd('.'));
        }
    }

    private void Mismatch(IStoredTensor tensor, string there, string here) => mismatches.Add($"{tensor.Name} is {there}, in the model {here}");

    /// <summary>The layers that the recipe names; none: all.</summary>
    private static string[] Layers(Recipe recipe) =>
        recipe[LayersKey].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>"conv1" of "conv1.bias".</summary>
    private static string Layer(IStoredTensor tensor) => tensor.Name.Split('.')[0];
}
