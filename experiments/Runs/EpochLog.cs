using System.Text;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;
using Wage.Files;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>metrics.jsonl: a line per finished epoch, appended when the epoch ends and on the disk before the checkpoint counts it.</summary>
internal sealed class EpochLog(string path, Recipe recipe)
{
    private const long MostBytes = 1L << 28;

    /// <summary>
    /// The rows of the first epochs. Those of the last and the best one are the checkpoint's own results; those of the others, and all times, are the
    /// file's as far as it has them.
    /// </summary>
    /// <exception cref="WageException">The file cannot be read.</exception>
    public List<EpochRow> Read(int epochs, EpochResult? last, EpochResult? best)
    {
        var rows = new SortedDictionary<int, EpochRow>();
        foreach (var line in Lines())
        {
            if (EpochRow.Parse(line, recipe.Rate) is { } row && row.Epoch <= epochs) rows[row.Epoch] = row;
        }

        foreach (var result in new[] { last, best }.OfType<EpochResult>())
        {
            var known = rows.GetValueOrDefault(result.Epoch);
            rows[result.Epoch] = EpochRow.From(result, recipe.LossName, recipe.Batch, known?.ImagesPerSecond, known?.Seconds);
        }

        return [.. rows.Values];
    }

    /// <summary>Makes the file hold the rows of the trainer's finished epochs and nothing else.</summary>
    /// <param name="trainer">Where the run stands.</param>
    /// <param name="missing">What the file lacks, as a clause; null: nothing.</param>
    /// <exception cref="WageException">The file cannot be read or written.</exception>
    public List<EpochRow> Restore(Trainer trainer, out string? missing)
    {
        var rows = Read(trainer.Epoch, trainer.Last, trainer.Best);
        var gaps = Gaps.Of([.. rows.Select(row => (long)row.Epoch)], 1, 1, trainer.Epoch + 1L);
        missing = gaps.Count == 0 ? null : $"lacks {Gaps.Words("epoch", gaps)}";
        var lines = rows.Select(row => row.ToJson() + "\n");
        if (!File.Exists(path) || !Lines().Select(line => line + "\n").SequenceEqual(lines) || !IsWhole())
            AtomicFile.Write(path, stream =>
            {
                foreach (var line in lines) stream.Write(Encoding.UTF8.GetBytes(line));
            });
        return rows;
    }

    /// <summary>Appends the row of an epoch and waits until it is on the disk.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public void Append(EpochRow row) => GrowingFile.Append(path, row.ToJson() + "\n", flushToDisk: true);

    private IEnumerable<string> Lines()
    {
        if (!File.Exists(path)) yield break;
        if (BoundedFile.Length(path) is var bytes and > MostBytes)
            throw new WageException($"{path}: has {bytes} bytes; at most {MostBytes} are read.", "delete it: the weights do not depend on it.");
        foreach (var line in GrowingFile.Lines(path)) yield return line;
    }

    /// <summary>Nothing but lines, each with its end.</summary>
    private bool IsWhole() => new FileInfo(path).Length == Lines().Sum(line => Encoding.UTF8.GetByteCount(line) + 1L);
}
