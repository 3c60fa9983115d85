using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Models;

/// <summary>
/// A trained model with what it needs to answer in words: how an image becomes one of its own, and what its classes are called. Any number of threads
/// may ask it at once, for one image or many; the answers are the same, whatever the threads, the batch and the backend
/// (see <see cref="IntegerModel"/>). A checkpoint of a scheme that trains with floating point is answered by its network.
/// </summary>
public sealed class Predictor : IDisposable
{
    private static readonly string[] InFolders = ["best.wage", "last.wage"];
    private readonly IBackend? own;
    private readonly IScores scores;

    /// <summary>Of a plan.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="data">What it was trained on; images that are given are taken as prepared.</param>
    /// <param name="backend">Where it runs; it is not disposed with the predictor. Null: the CPU engine, with a thread per processor.</param>
    /// <param name="batch">The most images that run at once.</param>
    /// <exception cref="WageException">The data have images of another shape or more classes than the model.</exception>
    public Predictor(ModelPlan plan, DatasetDescription data, IBackend? backend = null, int batch = 128)
        : this(data, backend, place => new IntegerModel(plan, place, batch)) => ArgumentNullException.ThrowIfNull(plan);

    /// <summary>Of a network itself, one that trains with floating point too; it is not disposed with the predictor.</summary>
    /// <param name="network">The network, with its weights. Others that use it take turns.</param>
    /// <param name="data">What it was trained on; images that are given are taken as prepared.</param>
    /// <exception cref="WageException">The data have images of another shape or more classes than the network.</exception>
    public Predictor(ITrainable network, DatasetDescription data)
        : this(data, network?.Backend, _ => new NetworkScores(network!, owns: false)) => ArgumentNullException.ThrowIfNull(network);

    private Predictor(DatasetDescription data, IBackend? backend, Func<IBackend, IScores> answers)
    {
        ArgumentNullException.ThrowIfNull(data);
        own = backend is null ? new HostBackend() : null;
        try
        {
            scores = answers(backend ?? own!);
            (Preparation, ClassNames) = (data.Preparation, NamesOf(data, scores));
        }
        catch
        {
            scores?.Dispose();
            own?.Dispose();
            throw;
        }
    }

    /// <summary>What answers.</summary>
    /// <exception cref="InvalidOperationException">It is no plan: a network answers itself.</exception>
    public IntegerModel Model => scores as IntegerModel ?? throw new InvalidOperationException("a network answers itself, without a plan");

    /// <summary>From any image to the pixels that <see cref="Predict(ReadOnlySpan{byte})"/> takes.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>A name for each score: "0", "1", ... where the classes have none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>
    /// The model of a file that holds it alone, of a checkpoint, compressed or not, or of a run's folder: its best epoch's, else its last.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="backend">Where it runs; it is not disposed with the predictor. Null: the CPU engine, with a thread per processor.</param>
    /// <param name="batch">The most images that run at once.</param>
    /// <exception cref="WageException">
    /// The file is missing, foreign or damaged, or does not say all of its model: an earlier version wrote it, or it has pieces of somebody's own.
    /// </exception>
    public static Predictor Load(string path, IBackend? backend = null, int batch = 128)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = InFolders.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? path;
        if (Directory.Exists(file)) throw new WageException($"{path}: holds no checkpoint.", "name a run's folder, or a checkpoint in it.");
        if (ModelPlanFile.Begins(file))
        {
            var (plan, data) = ModelPlanFile.Read(file);
            return new Predictor(plan, data, backend, batch);
        }

        var saved = SavedNetwork.Of(file, SchemeRegistry.ReadCheckpoint(file));
        return saved.IsInteger
            ? new Predictor(saved.ToPlan(), saved.Data, backend, batch)
            : new Predictor(saved.Data, backend, place => new NetworkScores(saved.Build(place, batch), owns: true));
    }

    /// <summary>The answer for one image.</summary>
    /// <param name="pixels">H * W * C bytes: rows of interleaved pixels, as <see cref="Preparation"/> makes them.</param>
    /// <exception cref="WageException">There are more or fewer pixels.</exception>
    public Prediction Predict(ReadOnlySpan<byte> pixels) => Predict(pixels, 1)[0];

    /// <summary>The answers for so many images, in their order.</summary>
    /// <param name="pixels">[count,H,W,C], bytes.</param>
    /// <param name="count">The images.</param>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have.</exception>
    public Prediction[] Predict(ReadOnlySpan<byte> pixels, int count)
    {
        var (values, classes) = (scores.Scores(pixels, count), scores.Classes);
        var answers = new Prediction[count];
        for (var i = 0; i < count; i++)
            answers[i] = new Prediction(ClassNames, values[(i * classes)..((i + 1) * classes)], scores.FractionBits);
        return answers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        scores.Dispose();
        own?.Dispose();
    }

    private static string[] NamesOf(DatasetDescription data, IScores scores)
    {
        var (image, classes) = (data.Preparation, scores.Classes);
        if (!image.Keeps(scores.Image[1], scores.Image[2], scores.Image[3]))
            throw new WageException(
                $"predictor: the data have images of {image.Height}x{image.Width}x{image.Channels}, but the model takes {scores.Image}.",
                "give the description of the data that it was trained on.");
        if (data.ClassNames.Count > classes)
            throw new WageException(
                $"predictor: the data have {data.ClassNames.Count} classes, but the model gives {classes} scores.",
                "give the description of the data that it was trained on.");
        return NamesOf(data.ClassNames, classes);
    }

    /// <summary>A name for each score: its number where the classes have none.</summary>
    internal static string[] NamesOf(IReadOnlyList<string> names, int scores) =>
        [.. Enumerable.Range(0, scores).Select(label => label < names.Count ? names[label] : label.ToString(CultureInfo.InvariantCulture))];
}
