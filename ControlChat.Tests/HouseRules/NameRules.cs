using System.Reflection;
using Xunit;

namespace ControlChat.Tests.HouseRules;

public sealed class NameRules
{
    private static readonly string[] _empty = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Common", "Processor"];

    private static IEnumerable<Type> Ours => new[] { Assemblies.Core, Assemblies.App, Assembly.GetExecutingAssembly() }
        .SelectMany(a => a.GetTypes())
        .Where(t => t.Namespace?.StartsWith("ControlChat", StringComparison.Ordinal) == true && !t.Name.Contains('<', StringComparison.Ordinal));

    [Fact]
    public void A_type_is_named_for_what_it_does_or_holds()
    {
        Rule.Holds(Ours.Where(t => _empty.Any(word => t.Name.Split('`')[0].EndsWith(word, StringComparison.Ordinal))).Select(t => t.FullName!),
            "The name has not been found yet: say what it does or holds (AuditTrail, ToolGate, LiveFeed).");
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        var breaches = from file in Repository.CSharp
                       let declared = System.Text.RegularExpressions.Regex.Match(file.Text.Code, @"^namespace ([\w.]+);", System.Text.RegularExpressions.RegexOptions.Multiline)
                       let folders = file.Path.Split('/')[..^1]
                       let expected = folders[0] == "e2e" ? "ControlChat." + string.Join('.', folders[1..]) : string.Join('.', folders)
                       where declared.Success && declared.Groups[1].Value != expected
                       select $"{file.Path} declares {declared.Groups[1].Value}, expected {expected}";
        Rule.Holds(breaches, "Move the file or change its namespace.");
    }
}
