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
        Assert.Equal(2, Profiles.All.Count);
        Assert.Null(Profiles.Find("absent"));
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
