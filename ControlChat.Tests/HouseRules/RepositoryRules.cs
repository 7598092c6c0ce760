using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Xunit;

namespace ControlChat.Tests.HouseRules;

public sealed partial class RepositoryRules
{
    private static readonly string[] _top =
    [
        "ControlChat.sln", "ControlChat.App", "ControlChat.Core", "ControlChat.Tests", "e2e", "appsettings.json", "README.md", "test.sh",
        "compose.yaml", "Dockerfile", "LICENSE", "global.json", "Directory.Build.props", "Directory.Packages.props",
    ];

    [Fact]
    public void The_top_level_holds_what_the_layout_names()
    {
        var extra = Repository.Files.Select(f => f.Split('/')[0]).Distinct().Where(f => !f.StartsWith('.') && !_top.Contains(f));
        Rule.Holds(extra, "It belongs into a room, into e2e/ or out of the repository (plans, notes and status files).");
    }

    [Fact]
    public void No_file_names_a_machine()
    {
        var breaches = from path in Repository.Files
                       let text = Repository.TextOrNull(path)
                       where text is not null
                       from match in MachinePath().Matches(text).Concat(RegistryHost().Matches(text))
                       select $"{path}: {match.Value}";
        Rule.Holds(breaches, "Use a relative path, an environment variable or the public address; another machine has no such place.");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_commands_of_the_root_may_be_run()
    {
        var breaches = new[] { "test.sh", ".ci/run" }.Where(f => !File.GetUnixFileMode(Path.Combine(Repository.Root, f)).HasFlag(UnixFileMode.UserExecute));
        Rule.Holds(breaches, "git update-index --chmod=+x");
    }

    [Fact]
    public void Versions_of_packages_stand_in_one_file()
    {
        var breaches = Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal) && PackageVersion().IsMatch(Repository.Text(f)));
        Rule.Holds(breaches, "Write the version in Directory.Packages.props.");
        var unlocked = Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(f => Path.GetDirectoryName(f)!.Replace('\\', '/') + "/packages.lock.json").Where(f => !Repository.Files.Contains(f));
        Rule.Holds(unlocked, "Restore the project and commit its packages.lock.json: the build restores in locked mode.");
    }

    [GeneratedRegex(@"(?<![\w.$}{*])/(wor" + @"k|far" + @"m|roo" + @"t)/[\w.]|(?<![\w.])/(ho" + @"me|Users)/[a-z]\w+/|/bash" + @"_jobs|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();

    /// <summary>A package feed other than the public ones.</summary>
    [GeneratedRegex(@"https?://(?!api\.nuget\.org|registry\.npmjs\.org)[\w.:-]*(nuget|npm|registry|artifactory|nexus|mirror|proxy)[\w.:-]*/[^\s""'<)]*(index\.json|simple|nuget|npm|-/)")]
    private static partial Regex RegistryHost();

    [GeneratedRegex(@"<PackageReference [^>]*\bVersion=")]
    private static partial Regex PackageVersion();
}
