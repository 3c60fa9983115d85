// Fixtures marked Parallelizable take no part in what a process has once (its streams, its environment, its counts of allocated bytes):
// two of them run at a time, all others alone.
[assembly: LevelOfParallelism(2)]
