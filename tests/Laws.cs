using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Wage.Tests;

/// <summary>Laws checked by FsCheck from a fixed seed: the same cases on every machine and in every run.</summary>
internal static class Laws
{
    private static readonly Replay Seed = new(new Rnd(2018_1802_04680, 4680_0000_0001), FSharpOption<int>.None);

    public static void Hold<T>(Gen<T> cases, Action<T> law, int count = 300) => Check.One(
        Config.QuickThrowOnFailure.WithReplay(FSharpOption<Replay>.Some(Seed)).WithMaxTest(count), Prop.ForAll(cases.ToArbitrary(), law));
}
