using Bunit;
using ControlChat.App.Workspaces;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>One file of a workspace, shown to those who may see it.</summary>
public sealed class FilePageTests : IAsyncLifetime
{
    private HubShell _page = null!;
    private string _id = "";
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _page = await HubShell.StartAsync(args: ["--Files:MaxBytes=1024"]);
        _id = Ids.New(WorkspaceId.Prefix);
        await _page.Of<HubDatabase>().WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, _id, "Billing", [], _page.Hub.Person.AccountId, null, default);
            return true;
        });
        _folder = Path.Combine(_page.Of<HubPaths>().WorkspacesRoot, _id);
        Directory.CreateDirectory(Path.Combine(_folder, "docs"));
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public void Text_is_shown_as_it_stands_and_nothing_of_it_is_markup()
    {
        File.WriteAllText(Path.Combine(_folder, "codex.chat"), "<script>alert(1)</script>\nhid\u202eden\n");
        var page = Show("codex.chat");
        Assert.Equal("<script>alert(1)</script>\nhid⟨U+202E⟩den\n", page.Find(".file").TextContent);
        Assert.Empty(page.FindAll("script, [role=tablist] a, nav a[href*=source]"));
    }

    [Fact]
    public void Markdown_is_rendered_and_its_source_is_one_click_away()
    {
        File.WriteAllText(Path.Combine(_folder, "docs", "a b.md"), "# Title\n\n<img src=x onerror=alert(1)>\n\n[bad](javascript:alert(1))\n");
        var page = Show("docs/a b.md");
        Assert.Equal("Title", page.Find(".prose h3").TextContent);
        Assert.Empty(page.FindAll("img, a[href^=javascript]"));
        Assert.Contains(page.FindAll("a"), a => a.GetAttribute("href") == $"/workspaces/{_id}/files/docs/a%20b.md?view=source");
    }

    [Theory]
    [InlineData("missing.txt", "There is no missing.txt.")]
    [InlineData("docs", "docs is a directory")]
    [InlineData("large.txt", "The file has 1025 bytes.")]
    [InlineData("image.png", "This is no text")]
    [InlineData("out.txt", "leads outside the workspace")]
    [InlineData("../../data/hub.db", "A path never goes up")]
    public void What_cannot_be_shown_says_why(string path, string words)
    {
        File.WriteAllText(Path.Combine(_folder, "large.txt"), new string('x', 1025));
        File.WriteAllBytes(Path.Combine(_folder, "image.png"), [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);
        File.CreateSymbolicLink(Path.Combine(_folder, "out.txt"), Path.Combine(_page.Hub.DataDirectory, "hub.db"));
        Assert.Contains(words, Show(path).Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_near_it_is_offered()
    {
        File.WriteAllText(Path.Combine(_folder, "codex.chat"), "x");
        Assert.Equal($"/workspaces/{_id}/files/codex.chat", Show("codx.chat").Find("[role=alert] a").GetAttribute("href"));
    }

    [Fact]
    public void A_file_that_was_slow_to_come_does_not_take_the_place_of_the_next_one()
    {
        foreach (var name in new[] { "slow", "next" }) File.WriteAllText(Path.Combine(_folder, $"{name}.txt"), $"the {name} one");
        var database = new FaultyDatabase(_page.Of<HubDatabase>());
        _page.Services.AddSingleton(new WorkspaceFileReading(database, _page.Of<WorkspaceStore>(), _page.Of<IPrincipals>(), _page.Of<IHubSettings>(), TimeProvider.System));
        var slow = new TaskCompletionSource();
        database.Held = slow.Task;
        var page = _page.Render<FilePage>(p => p.Add(c => c.Id, _id).Add(c => c.Path, "slow.txt"));
        database.Held = null;
        page.Render(p => p.Add(c => c.Path, "next.txt"));
        page.WaitForAssertion(() => Assert.Equal("the next one", page.Find(".file").TextContent));
        slow.SetResult();
        // Its answer has come when the page is drawn once more.
        var drawn = page.RenderCount;
        page.WaitForState(() => page.RenderCount > drawn, TimeSpan.FromSeconds(10));
        Assert.Equal("the next one", page.Find(".file").TextContent);

        // A late failure is nobody's either.
        var failing = new TaskCompletionSource();
        database.Held = failing.Task;
        page.Render(p => p.Add(c => c.Path, "slow.txt"));
        database.Held = null;
        page.Render(p => p.Add(c => c.Path, "next.txt"));
        page.WaitForAssertion(() => Assert.Equal("the next one", page.Find(".file").TextContent));
        failing.SetException(new HubUnavailableException("away", new TimeoutException()));
        drawn = page.RenderCount;
        page.WaitForState(() => page.RenderCount > drawn, TimeSpan.FromSeconds(10));
        Assert.Empty(page.FindAll("[role=alert]"));
    }

    [Theory, InlineData("viewer", true), InlineData(null, false)]
    public async Task Members_read_and_strangers_learn_nothing(string? role, bool may)
    {
        File.WriteAllText(Path.Combine(_folder, "a.txt"), "content");
        await _page.Of<HubDatabase>().WriteAsync(async t => await t.ExecuteAsync(
            role is null ? "delete from workspace_members where workspace_id = @_id" : "update workspace_members set role = @role where workspace_id = @_id", new { _id, role }, default));
        var page = Show("a.txt");
        if (may) Assert.Equal("content", page.Find(".file").TextContent);
        else Assert.Contains("No such workspace", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_lite_hub_its_one_workspace_is_local()
    {
        await using var lite = await HubShell.StartAsync(args: ["--Hub:Kind=lite"]);
        Directory.CreateDirectory(lite.Of<HubPaths>().LocalWorkspace);
        File.WriteAllText(Path.Combine(lite.Of<HubPaths>().LocalWorkspace, "a.txt"), "here");
        var page = lite.Render<FilePage>(p => p.Add(c => c.Id, "local").Add(c => c.Path, "a.txt"));
        page.WaitForAssertion(() => Assert.Equal("here", page.Find(".file").TextContent));
    }

    private IRenderedComponent<FilePage> Show(string path)
    {
        var page = _page.Render<FilePage>(p => p.Add(c => c.Id, _id).Add(c => c.Path, path));
        page.WaitForState(() => page.FindAll(".file, .prose, [role=alert]").Count > 0, TimeSpan.FromSeconds(10));
        return page;
    }
}
