namespace Wage.Quantization;

/// <summary>Something that rounds one tensor and may draw random bits for it.</summary>
internal interface IRounded
{
    /// <summary>Its index in <see cref="Numbers.RandomStream.Rounding"/>, or null where it draws none.</summary>
    int? RoundingIndex { get; }
}
