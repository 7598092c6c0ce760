using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

public sealed class AgentProfileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private AgentProfiles Profiles => new(new HubPaths(_folder["data"], _folder["spaces"], _folder["spaces/local"], _folder["checkpoints"]));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_are_shipped_and_an_operators_own_wins()
    {
        Assert.Equal(["default", "documents"], Profiles.All.Select(p => p.Name));
        Assert.Contains("one workspace", Profiles.Find("default")!.Prompt, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["data/profiles"]);
        File.WriteAllText(_folder["data/profiles/a.md"], "---\nname: default\ninstructions: Ours.\nmodel: gpt-x\ntools: [files, documents]\n---\nDo as we say.\n");
        File.WriteAllText(_folder["data/profiles/b.md"], "no front matter");
        var own = Profiles.Find("default")!;
        Assert.Equal(("Ours.", "gpt-x", "Do as we say."), (own.About, own.Model, own.Prompt));
        Assert.Equal(["files", "documents"], own.Tools);
        // What is no profile has its file's name, and a fault.
        Assert.Equal(["b", "default", "documents"], Profiles.All.Select(p => p.Name));
        Assert.NotNull(Profiles.Find("b")!.Fault);
        Assert.Null(own.Fault);
        Assert.Null(Profiles.Find("absent"));
    }

    [Theory]
    [InlineData("tools: [files, documents]", "files documents", true)]
    [InlineData("tools: files, documents", "files documents", true)]
    [InlineData("Tools:\n  - files\n  - \"documents\"", "files documents", true)]
    [InlineData("tools:\n- files", "files", true)]
    [InlineData("model: x # of ours\n# a comment", null, true)]
    [InlineData("tools: []", "", false)]
    [InlineData("tools:", "", false)]
    [InlineData("tools: files\ntools: commands", "files", false)]
    [InlineData("tools\n  files", null, false)]
    public void What_is_said_of_tools_is_understood_or_a_fault_and_never_all_of_them(string front, string? tools, bool usable)
    {
        var profile = AgentProfile.Read($"---\nname: x\n{front}\n---\nWork.\n")!;
        Assert.Equal(tools, profile.Tools is null ? null : string.Join(' ', profile.Tools));
        Assert.Equal(usable, profile.Fault is null);
    }

    [Fact]
    public void A_file_that_is_being_saved_goes_on_standing_before_the_shipped_one()
    {
        Directory.CreateDirectory(_folder["data/profiles"]);
        var profiles = Profiles;
        File.WriteAllText(_folder["data/profiles/ours.md"], "---\nname: default\ntools: [files]\n---\nWork.\n");
        Assert.Equal(["files"], profiles.Find("default")!.Tools!);
        File.WriteAllText(_folder["data/profiles/ours.md"], "");
        Assert.NotNull(profiles.Find("default")!.Fault);
        File.WriteAllText(_folder["data/profiles/ours.md"], "---\nname: default\ntools: [files]\n---\nWork.\n");
        Assert.Null(profiles.Find("default")!.Fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("---\nname: x\n")]
    [InlineData("---\nname: x\n---\n \n")]
    [InlineData("---\nmodel: x\n---\nprompt")]
    [InlineData("---\nname: ../x\n---\nprompt")]
    [InlineData("---\nname: X\n---\nprompt")]
    public void What_is_no_profile_is_none(string text) => Assert.Null(AgentProfile.Read(text));

    [Fact]
    public void Line_endings_of_any_kind_are_read() => Assert.Equal("a\nb", AgentProfile.Read("---\r\nname: x\r\n---\r\na\r\nb\r\n")!.Prompt);
}
