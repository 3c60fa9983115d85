using Wage.Backends.Host;

namespace Wage.Experiments.Ranks;

/// <summary>The memory of a machine on which several ranks train.</summary>
/// <param name="Ranks">How many.</param>
/// <param name="Available">The bytes for all of them.</param>
internal sealed record HostRoom(int Ranks, long Available)
{
    /// <summary>Where each of these ranks will compute, as far as it is known.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>How many of the ranks compute on a device.</summary>
    public int On(string device) => Devices.Count(other => other == device);

    /// <summary>What this process could take now.</summary>
    public static long Now => HostMemory.Available();

    /// <summary>The least that a rank of the machine saw when all had started.</summary>
    public static HostRoom Of(IReadOnlyList<RankPlace> places, string host)
    {
        RankPlace[] here = [.. places.Where(place => place.Host == host)];
        return new HostRoom(here.Length, here.Min(place => place.Room));
    }
}
