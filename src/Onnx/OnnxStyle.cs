namespace Wage.Onnx;

/// <summary>How a graph says that numbers are integers.</summary>
public enum OnnxStyle
{
    /// <summary>Integers in integer operators, the scores to the last bit: for runtimes.</summary>
    Integers,

    /// <summary>
    /// Operators of floats with QuantizeLinear and DequantizeLinear around them, scales powers of two where the model's are: for compilers that read
    /// such pairs, as TensorRT does. What differs, and by how much at most, is <see cref="OnnxModel.Differences"/>.
    /// </summary>
    Qdq,

    /// <summary>The same with the Quant nodes of QONNX, which name every number of bits: for FINN and hls4ml.</summary>
    Qonnx,
}

/// <summary>A node whose output may differ from the plan's where its inputs do not.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Codes">By how much at most, in steps of its output.</param>
/// <param name="Why">What a float32 does not hold.</param>
public sealed record OnnxDifference(string Node, long Codes, string Why);
