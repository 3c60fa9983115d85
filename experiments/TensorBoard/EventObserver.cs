using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.TensorBoard;

/// <summary>Writes a run's event file while it trains: after every epoch its figures and the statistics of its steps.</summary>
internal sealed class EventObserver(IRunObserver inner) : IRunObserver
{
    private EventFolder? events;
    private RunFolder? folder;
    private long stepsPerEpoch;
    private long read;

    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
        (folder, stepsPerEpoch) = (run.Folder, run.Trainer.StepsPerEpoch);
        events = new EventFolder(EventFolder.Of(folder), EventFolder.Now);
        var times = EventFolder.Times(rows, EventFolder.Now);
        events.Append(rows.Select((row, i) => RunEvents.Of(row, stepsPerEpoch, times[i])));
        AppendStatistics();
        inner.Started(run, rows);
    }

    public void Stepped(Trainer trainer) => inner.Stepped(trainer);

    public void Looking(Trainer trainer) => inner.Looking(trainer);

    public void Warned(TrainingWarning warning) => inner.Warned(warning);

    public void Noticed(string line) => inner.Noticed(line);

    public void Testing(Trainer trainer) => inner.Testing(trainer);

    public void EpochDone(EpochRow row, bool isBest)
    {
        AppendStatistics();
        events!.Append([RunEvents.Of(row, stepsPerEpoch, EventFolder.Now)]);
        inner.EpochDone(row, isBest);
    }

    /// <summary>The lines that came since the last call.</summary>
    private void AppendStatistics()
    {
        if (!File.Exists(folder!.StatsPath)) return;
        using var file = new FileStream(folder.StatsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(read, SeekOrigin.Begin);
        using var reader = new StreamReader(file);
        List<byte[]> records = [];
        while (reader.ReadLine() is { } line)
        {
            if (ObservedTensor.Parse(line) is { } tensor) records.AddRange(RunEvents.Of(tensor, EventFolder.Now));
        }

        read = file.Position;
        events!.Append(records);
    }
}
