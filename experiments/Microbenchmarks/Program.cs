using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Wage.Microbenchmarks;

// In this process: no second build, so that a measurement can start on a machine that has just been made quiet. An operation takes milliseconds;
// a few iterations of a few operations say enough.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
    .WithWarmupCount(3).WithIterationCount(7).WithInvocationCount(4).WithUnrollFactor(1);
var config = ManualConfig.CreateEmpty()
    .AddLogger([.. DefaultConfig.Instance.GetLoggers()])
    .AddExporter([.. DefaultConfig.Instance.GetExporters()])
    .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Statistics)
    .AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max, new ThroughputColumn())
    .HideColumns(Column.Mean, Column.Error, Column.StdDev, Column.RatioSD)
    .AddJob(job);
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args, config);
