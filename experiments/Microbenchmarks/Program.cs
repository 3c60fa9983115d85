using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Wage.Microbenchmarks;

// An operation takes milliseconds, so a few iterations of a few operations say enough. `--job` on the command line adds another job.
var job = Job.Default.WithWarmupCount(2).WithIterationCount(7).WithUnrollFactor(1).WithInvocationCount(4);
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(job)
    .AddColumn(new ThroughputColumn())
    .HideColumns(Column.Error, Column.StdDev, Column.RatioSD, Column.InvocationCount, Column.UnrollFactor, Column.WarmupCount)
    .AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max);
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args, config);
