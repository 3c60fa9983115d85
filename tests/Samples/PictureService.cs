using Wage.Images;
using Wage.Models;

namespace Wage.Tests.Samples;

public sealed class PictureService(string checkpoint) : IDisposable
{
    private readonly Predictor predictor = Predictor.Load(checkpoint);

    public string Classify(byte[] file) => predictor.Predict(ImageFile.Read("picture", file, predictor.Preparation)).Name;

    public void Dispose() => predictor.Dispose();
}
