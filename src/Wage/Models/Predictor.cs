using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Training;

namespace Wage.Models;

/// <summary>
/// A trained model with what it needs to answer in words: how an image becomes one of its own, and what its classes are called. Any number of threads
/// may ask it at once, for one image or many; the answers are the same, whatever the threads, the batch and the backend
/// (see <see cref="IntegerModel"/>).
/// </summary>
public sealed class Predictor : IDisposable
{
    private static readonly string[] InFolders = ["best.wage", "last.wage"];
    private readonly IBackend? own;

    /// <summary>Of a plan.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="data">What it was trained on; images that are given are taken as prepared.</param>
    /// <param name="backend">Where it runs; it is not disposed with the predictor. Null: the CPU engine, with a thread per processor.</param>
    /// <param name="batch">The most images that run at once.</param>
    /// <exception cref="WageException">The data have images of another shape or more classes than the model.</exception>
    public Predictor(ModelPlan plan, DatasetDescription data, IBackend? backend = null, int batch = 128)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        var image = data.Preparation;
        if (!image.Keeps(plan.Image[1], plan.Image[2], plan.Image[3]))
            throw new WageException(
                $"predictor: the data have images of {image.Height}x{image.Width}x{image.Channels}, but the model takes {plan.Image}.",
                "give the description of the data that it was trained on.");
        if (data.ClassNames.Count > plan.Classes)
            throw new WageException(
                $"predictor: the data have {data.ClassNames.Count} classes, but the model gives {plan.Classes} scores.",
                "give the description of the data that it was trained on.");
        Preparation = image;
        ClassNames = [.. Enumerable.Range(0, plan.Classes).Select(label =>
            label < data.ClassNames.Count ? data.ClassNames[label] : label.ToString(CultureInfo.InvariantCulture))];
        own = backend is null ? new HostBackend() : null;
        try
        {
            Model = new IntegerModel(plan, backend ?? own!, batch);
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    /// <summary>What answers.</summary>
    public IntegerModel Model { get; }

    /// <summary>From any image to the pixels that <see cref="Predict(ReadOnlySpan{byte})"/> takes.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>A name for each score: "0", "1", ... where the classes have none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The model of a checkpoint, or of a run's folder: its best epoch's, else its last.</summary>
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
        var checkpoint = Checkpoint.Read(file);
        return new Predictor(SavedNetwork.ToPlan(file, checkpoint), checkpoint.Data!, backend, batch);
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
        var (scores, classes) = (Model.Scores(pixels, count), Model.Plan.Classes);
        var answers = new Prediction[count];
        for (var i = 0; i < count; i++)
            answers[i] = new Prediction(ClassNames, scores[(i * classes)..((i + 1) * classes)], Model.Plan.Scores.FractionBits);
        return answers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        own?.Dispose();
    }
}
