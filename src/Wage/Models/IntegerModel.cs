using System.Globalization;
using System.Numerics;
using Wage.Backends;
using Wage.Data;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// A trained model that answers: a plan on a backend, with no loss, no gradients and no updates. It has its own weights and its own memory, so
/// training goes on beside it, and any number of threads may ask it at once: a backend has one caller at a time (<see cref="IBackend.Turn"/>), so
/// calls take turns, batch by batch, each with all threads of the backend. To answer calls side by side, give each model a backend; a plan can be
/// shared. The answers are the same whatever the batch. After the first call with so many images a call allocates nothing but the array that it
/// returns.
/// </summary>
public sealed class IntegerModel : IScores
{
    private const int MostSizes = 16;
    private readonly IBackend backend;
    private readonly PlanMemory memory;
    private readonly PlanConstants constants;
    private readonly Tensor table;
    private readonly Dictionary<int, Sized> sizes = [];
    private readonly OwnedTensors kept;
    private readonly OwnedTensors held;
    private Tensor[] buffers = [];
    private Tensor? pixels;
    private Tensor? images;
    private Tensor? order;
    private int room;

    /// <summary>Brings the plan's weights to the backend.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="backend">Where it runs; it is not disposed with the model.</param>
    /// <param name="batch">The most images that run at once; more are cut. Memory grows with the images of a call up to this.</param>
    /// <exception cref="WageException">The batch is less than 1, or has more elements than a tensor can have.</exception>
    public IntegerModel(ModelPlan plan, IBackend backend, int batch = 128)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(backend);
        var longest = plan.Nodes.Max(node => node.Output.Shape.Length);
        if (batch < 1 || batch > int.MaxValue / longest)
            throw new WageException(string.Create(
                CultureInfo.InvariantCulture,
                $"batch: is {batch}, but must be from 1 to {int.MaxValue / longest}: an image has up to {longest} elements in a tensor."));
        (Plan, this.backend, Batch, memory) = (plan, backend, batch, new PlanMemory(plan.Nodes));
        (kept, held) = (new OwnedTensors(backend), new OwnedTensors(backend));
        lock (backend.Turn)
        {
            try
            {
                constants = new PlanConstants(plan, backend, kept);
                table = kept.Allocate(ElementType.Int8, new Shape(256));
                backend.Upload(plan.Pixels, table);
            }
            catch
            {
                kept.Dispose();
                throw;
            }
        }
    }

    /// <summary>What it runs.</summary>
    public ModelPlan Plan { get; }

    /// <summary>The most images that run at once.</summary>
    public int Batch { get; }

    /// <inheritdoc/>
    Shape IScores.Image => Plan.Image;

    /// <inheritdoc/>
    int IScores.Classes => Plan.Classes;

    /// <inheritdoc/>
    int IScores.FractionBits => Plan.Scores.FractionBits;

    /// <summary>The class of each image: the first of its greatest scores.</summary>
    /// <param name="pixels">[count,H,W,C], bytes.</param>
    /// <param name="count">The images.</param>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public int[] Predict(ReadOnlySpan<byte> pixels, int count)
    {
        var classes = new int[Math.Max(count, 0)];
        Predict(pixels, count, classes);
        return classes;
    }

    /// <summary>The same into memory of the caller's: count classes.</summary>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have, or not count classes.</exception>
    public void Predict(ReadOnlySpan<byte> pixels, int count, Span<int> classes)
    {
        RequireLength("pixels", pixels.Length, count, Plan.Image.Length);
        RequireLength("classes", classes.Length, count, 1);
        for (var first = 0; first < count; first += Batch)
        {
            var some = Math.Min(Batch, count - first);
            lock (backend.Turn)
            {
                var scores = Run(pixels.Slice(first * Plan.Image.Length, some * Plan.Image.Length), some);
                for (var i = 0; i < some; i++) classes[first + i] = scores.Greatest(i * Plan.Classes, Plan.Classes);
            }
        }
    }

    /// <summary>The scores of each image, [count,classes]: value = score * 2^-Plan.Scores.FractionBits.</summary>
    /// <param name="pixels">[count,H,W,C], bytes.</param>
    /// <param name="count">The images.</param>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public long[] Scores(ReadOnlySpan<byte> pixels, int count)
    {
        var scores = new long[checked(Math.Max(count, 0) * Plan.Classes)];
        Scores(pixels, count, scores);
        return scores;
    }

    /// <summary>The same into memory of the caller's: count * classes scores.</summary>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have, or not count * classes scores.</exception>
    public void Scores(ReadOnlySpan<byte> pixels, int count, Span<long> scores)
    {
        RequireLength("pixels", pixels.Length, count, Plan.Image.Length);
        RequireLength("scores", scores.Length, count, Plan.Classes);
        for (var first = 0; first < count; first += Batch)
        {
            var some = Math.Min(Batch, count - first);
            lock (backend.Turn)
            {
                var values = Run(pixels.Slice(first * Plan.Image.Length, some * Plan.Image.Length), some);
                for (var i = 0; i < values.Length; i++) scores[(first * Plan.Classes) + i] = values[i];
            }
        }
    }

    /// <summary>Shows what each node gives for some images, the image first and the scores last.</summary>
    /// <param name="pixels">[count,H,W,C], bytes.</param>
    /// <param name="count">The images, at most <see cref="Batch"/>.</param>
    /// <param name="see">Is given each node and a copy of its output, [count,...].</param>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have, or more images than run at once.</exception>
    public void Observe(ReadOnlySpan<byte> pixels, int count, Action<PlanNode, HostTensor> see)
    {
        ArgumentNullException.ThrowIfNull(see);
        RequireLength("pixels", pixels.Length, count, Plan.Image.Length);
        if (count > Batch) throw new WageException($"count: is {count}, but {Batch} images run at once.", "make the model with a greater batch.");
        if (count == 0) return;
        lock (backend.Turn) Run(pixels, count, (node, values) => see(Plan.Nodes[node], backend.Read(values)));
    }

    /// <summary>Gives the memory back, once calls that run have ended. Later calls throw.</summary>
    public void Dispose()
    {
        lock (backend.Turn)
        {
            GiveBack();
            held.Dispose();
            kept.Dispose();
        }
    }

    private static void RequireLength(string what, int length, int count, int each)
    {
        if (count >= 0 && length == (long)count * each) return;
        throw new WageException(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {length} for {count} images, but an image has {each}."));
    }

    /// <summary>The scores of these images, in memory that the next run overwrites.</summary>
    private HostTensor Run(ReadOnlySpan<byte> bytes, int count, Action<int, Tensor>? see = null)
    {
        ObjectDisposedException.ThrowIf(kept.IsDisposed, this);
        if (!sizes.TryGetValue(count, out var sized)) sizes.Add(count, sized = Make(count));
        backend.Upload(bytes, sized.Pixels);
        backend.LoadImages(sized.Pixels, order!, 0, table, Augmentation.None, default, sized.Images);
        sized.Run.Run(see);
        return backend.ReadInto(sized.Run.Scores, sized.Scores);
    }

    private Sized Make(int count)
    {
        if (count > room) Grow(count);
        if (sizes.Count == MostSizes) sizes.Clear();
        var sizedImages = View(images!, Plan.Image.OfBatch(count));
        var run = new PlanRun(Plan.Nodes, memory, backend, sizedImages, (buffer, shape) => View(buffers[buffer], shape), constants.Of);
        return new Sized(View(pixels!, Plan.Image.OfBatch(count)), sizedImages, run, HostTensor.Create(run.Scores.Type, run.Scores.Shape));
    }

    /// <summary>Takes memory for so many images, and for somewhat more, so that a few calls of growing size do not each take it anew.</summary>
    private void Grow(int count)
    {
        GiveBack();
        var most = (int)Math.Min(Batch, BitOperations.RoundUpToPowerOf2((uint)count));
        pixels = held.Allocate(ElementType.UInt8, Plan.Image.OfBatch(most));
        images = held.Allocate(ElementType.Int8, Plan.Image.OfBatch(most));
        order = held.Allocate(ElementType.Int32, new Shape(most));
        backend.Upload<int>([.. Enumerable.Range(0, most)], order);
        buffers = [.. memory.Buffers.Select(buffer => held.Allocate(buffer.Type, new Shape(most, buffer.Length)))];
        room = most;
    }

    private void GiveBack()
    {
        held.Free();
        sizes.Clear();
        (buffers, pixels, images, order, room) = ([], null, null, null, 0);
    }

    /// <summary>The first elements of a tensor, or where a backend has no such view, memory of their own.</summary>
    private Tensor View(Tensor whole, Shape shape) => whole.First(shape) ?? held.Allocate(whole.Type, shape);

    /// <summary>The tensors of a batch of one size.</summary>
    private sealed record Sized(Tensor Pixels, Tensor Images, PlanRun Run, HostTensor Scores);
}
