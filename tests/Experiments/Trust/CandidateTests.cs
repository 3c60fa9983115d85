using Wage.Backends;
using Wage.Experiments.Runs;
using Wage.Experiments.Trust;

namespace Wage.Tests.Experiments.Trust;

[Parallelizable]
public sealed class CandidateTests
{
    /// <summary>The second rank of a machine begins with the second card, and none takes another kind sooner.</summary>
    [TestCase(0, "cuda:0 cuda:1 cuda:2 opencl:0 opencl:2 opencl:1")]
    [TestCase(1, "cuda:1 cuda:2 cuda:0 opencl:2 opencl:0 opencl:1")]
    [TestCase(5, "cuda:2 cuda:0 cuda:1 opencl:2 opencl:0 opencl:1")]
    public void RanksOfAMachineAskTheCardsOfAKindInTurns(int turn, string expected)
    {
        var all = "cuda:0 cuda:1 cuda:2 opencl:0 opencl:1 opencl:2".Split(' ').Select(
            name => new Candidate(name, name, "1", IsProcessor: name == "opencl:1", () => new ReferenceBackend()));
        Assert.That(string.Join(' ', Candidate.InTurn([.. all], turn).Select(card => card.Name)), Is.EqualTo(expected));
    }

    [Test]
    public void AutoOfARankIsTheProcessorWhereNoModelIsAtHand() =>
        Assert.That(new[] { Devices.Auto(0), Devices.Auto(3), Devices.Resolve(Devices.Auto(3)) }, Is.EqualTo(new[] { "auto", "auto:3", "cpu" }));
}
