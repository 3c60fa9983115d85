// Types on both sides of the border between integers and floats, each where its namespace says: the wall's tests must tell them apart.
namespace Wage.Simulation.Planted
{
    internal static class FakeQuantizer
    {
        public static float Round(float x, float scale) => MathF.Round(x / scale) * scale;
    }
}

namespace Wage.Simulation.Planted.Deeper
{
    internal sealed class Ranges
    {
        public double Least { get; set; }
    }
}

namespace Wage.SimulationOfNothing.Planted
{
    internal static class Quantizer
    {
        public static float Half(float x) => x / 2;
    }
}

namespace Wage.Gpu.Simulation.Planted
{
    internal static class FloatKernel
    {
        public static int Run(int x) => x > 0.5f * x ? 1 : 0;
    }
}

namespace Wage.Gpu.Kernels.Planted
{
    internal static class FloatKernel
    {
        public static int Run(int x) => x > 0.5f * x ? 1 : 0;
    }
}

namespace Wage.Gpu.TensorCores.Planted
{
    internal static class FloatLane
    {
        public static float Value { get; set; }
    }
}

namespace Wage.Tests.Architecture.Planted
{
    internal static class CallsSimulation
    {
        public static int Elements() => new Wage.Simulation.FloatTensor(new Wage.Tensors.Shape(3)).Shape.Length;
    }

    internal sealed class HoldsSimulation
    {
        public Wage.Simulation.FloatTensor? Held = null;
    }

    internal sealed class ListsSimulation
    {
        public List<Wage.Simulation.FloatNetwork> Networks { get; } = [];
    }

    internal static class CallsFloatKernel
    {
        public static int Run() => Wage.Gpu.Simulation.Planted.FloatKernel.Run(3);
    }
}
