using System.Reflection;
using System.Runtime.CompilerServices;
using Wage.Backends;
using Wage.Gpu;
using Wage.Images;
using Wage.Mpi;
using Wage.Onnx;

namespace Wage.Tests.Architecture;

/// <summary>What users can call, line by line: a change of it is a change of PublicApi.txt, which a review sees.</summary>
[Parallelizable]
public sealed class PublicApiTests
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Test]
    public void TheListingHasEveryPublicTypeAndMember()
    {
        var actual = Listing([.. new[] { typeof(IBackend), typeof(IlgpuBackend), typeof(ImageFile), typeof(OnnxFile), typeof(MpiWorld) }
            .Select(type => type.Assembly)]);
        var listed = Repository.Text("tests/Architecture/PublicApi.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var written = Path.Combine(Path.GetTempPath(), "PublicApi.txt");
        if (!listed.SequenceEqual(actual)) File.WriteAllText(written, string.Join('\n', actual) + "\n");
        Assert.Multiple(() =>
        {
            Assert.That(actual.Except(listed).Take(20), Is.Empty, $"not in the listing; the whole one, to look through and to take over: {written}");
            Assert.That(listed.Except(actual).Take(20), Is.Empty, "in the listing only");
            Assert.That(listed, Is.EqualTo(actual), "the order");
        });
    }

    [Test]
    public void AMemberThatIsPublicOrProtectedIsListedAndAnotherIsNot()
    {
        var listing = Listing([typeof(PublicApiTests).Assembly]).Where(line => line.Contains(nameof(Planted), StringComparison.Ordinal)).ToList();
        Assert.That(listing, Has.Some.Contains("Void Seen()").And.Some.Contains("Void Inherited()").And.None.Contains("Void Hidden()"));
    }

    private static IReadOnlyList<string> Listing(IEnumerable<Assembly> assemblies) =>
    [
        .. from type in assemblies.SelectMany(assembly => assembly.GetExportedTypes())
           from line in type.GetMembers(Declared).Where(IsWritten).Where(IsSeen).Select(member => $"{type}: {member}").Prepend($"{type}")
           orderby line.Replace(':', ' ') ascending
           select line,
    ];

    private static bool IsWritten(MemberInfo member) => !member.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static bool IsSeen(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            && (method is ConstructorInfo || !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        FieldInfo field => field.IsPublic || field.IsFamily,
        PropertyInfo property => property.GetAccessors(true).Any(IsReachable),
        EventInfo => true,
        _ => false,
    };

    private static bool IsReachable(MethodInfo accessor) => accessor.IsPublic || accessor.IsFamily || accessor.IsFamilyOrAssembly;

    /// <summary>Planted: what a listing must see and what not.</summary>
    public class Planted
    {
        public void Seen() => Hidden();

        protected void Inherited()
        {
        }

        private static void Hidden()
        {
        }
    }
}
