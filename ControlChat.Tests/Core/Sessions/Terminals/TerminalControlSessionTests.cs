using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Who types into a terminal at work: in the row, on the record and in the transcript.</summary>
public sealed class TerminalControlSessionTests
{
    [Fact]
    public async Task Control_is_in_the_row_on_the_record_and_in_the_transcript()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, _) = await hub.BeginAsync();
        var me = hub.Hub.Person.AccountId;
        await using var desk = await hub.JoinAsync(id);
        Assert.True(desk.Now.IsController);
        var session = await hub.FindAsync(id);
        Assert.Equal((me, 1), (session["controller"]!.GetValue<string>(), session["viewers"]!.GetValue<int>()));
        Assert.Equal($$"""{"account":"{{me}}","name":"{{hub.Hub.Person.Name}}","by":"{{me}}"}""", hub.DataOf(id, "control"));
        await using var phone = await hub.JoinAsync(id, "phone");
        Assert.False(phone.Now.IsController);
        Assert.Equal(2, phone.Now.Viewers.Count);
        Assert.False(await phone.WriteAsync("x"u8.ToArray(), default));
        Assert.Equal(ControlAnswer.Given, await phone.TakeControlAsync(default));
        Assert.Equal((false, true), (desk.Now.IsController, phone.Now.IsController));
        await phone.GiveBackAsync(default);
        Assert.Null(phone.Now.Controller);
        Assert.Null((await hub.FindAsync(id))["controller"]);
        Assert.Equal(["joined", "taken", "given_back"], await HowAsync(hub));
    }

    [Fact]
    public async Task Who_opens_it_again_types_on()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        var other = await MemberAsync(hub, WorkspaceRole.Collaborator);
        var desk = await hub.JoinAsync(id);
        await using var theirs = await hub.JoinAsync(id, "theirs", other);
        await desk.DisposeAsync();
        await using var again = await hub.JoinAsync(id, "again");
        Assert.False(again.Now.IsController);
        Assert.False(await theirs.WriteAsync("x"u8.ToArray(), default));
        Assert.True(await again.WriteAsync("ls"u8.ToArray(), default));
        Assert.True(again.Now.IsController);
        Assert.Equal("ls", string.Concat(process.Typed));
        Assert.Equal(["joined", "taken"], await HowAsync(hub));
    }

    [Fact]
    public async Task Somebody_else_asks_and_the_holder_may_object()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, _) = await hub.BeginAsync();
        var other = await MemberAsync(hub, WorkspaceRole.Collaborator);
        await using var desk = await hub.JoinAsync(id);
        await using var theirs = await hub.JoinAsync(id, "theirs", other);
        Assert.Equal(ControlAnswer.Asked, await theirs.TakeControlAsync(default));
        Assert.Equal(other.AccountId, desk.Now.Wants!.Who.AccountId);
        await desk.ObjectAsync(default);
        Assert.Null(desk.Now.Wants);
        Assert.True(desk.Now.IsController);
        Assert.Equal(ControlAnswer.Asked, await theirs.TakeControlAsync(default));
        await desk.GiveBackAsync(default);
        Assert.True(theirs.Now.IsController);
        Assert.Equal(other.AccountId, (await hub.FindAsync(id))["controller"]!.GetValue<string>());
        Assert.Equal(["joined", "asked", "objected", "asked", "given_back"], await HowAsync(hub));
    }

    [Fact]
    public async Task Where_the_row_does_not_take_it_nobody_is_in_control()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        // Another worker holds it, of which this one has not heard.
        await hub.Database.WriteAsync(t => t.ExecuteAsync("update sessions set fence = fence + 1 where id = @id", new { id }, default));
        await using var desk = await hub.JoinAsync(id);
        Assert.False(desk.Now.IsController);
        Assert.Empty(process.Typed);
    }

    [Fact]
    public async Task Lost_rights_lose_control_within_moments()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        var other = await MemberAsync(hub, WorkspaceRole.Collaborator);
        await using var theirs = await hub.JoinAsync(id, "theirs", other);
        Assert.True(await theirs.WriteAsync("x"u8.ToArray(), default));
        await hub.Database.WriteAsync(t => t.ExecuteAsync("update workspace_members set role = 'viewer' where account_id = @AccountId", new { other.AccountId }, default));
        await Waiting.UntilAsync(() => !theirs.Now.IsController, TimeSpan.FromSeconds(3));
        Assert.False(await theirs.WriteAsync("y"u8.ToArray(), default));
        Assert.Equal(ControlAnswer.Refused, await theirs.TakeControlAsync(default));
        Assert.Equal("x", Assert.Single(process.Typed));
        Assert.Equal(["joined", "lost_rights"], await HowAsync(hub));
    }

    [Fact]
    public async Task What_a_window_says_of_its_rights_is_only_a_claim()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, _) = await hub.BeginAsync();
        var guest = await MemberAsync(hub, WorkspaceRole.Viewer);
        await using var theirs = await hub.JoinAsync(id, "theirs", guest);
        Assert.False(theirs.Now.IsController);
        Assert.Equal(ControlAnswer.Refused, await theirs.TakeControlAsync(default));
    }

    [Fact]
    public async Task Followers_hear_of_what_changes()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        await using var desk = await hub.JoinAsync(id);
        await using var following = desk.FollowAsync(default).GetAsyncEnumerator();
        Assert.True(await following.MoveNextAsync());
        Assert.True(await desk.ResizeAsync(new TerminalSize(132, 50), default));
        Assert.True(await following.MoveNextAsync());
        Assert.Equal(new TerminalSize(132, 50), following.Current.Size);
        process.Print("12345");
        while (following.Current.BytesOut != 5) Assert.True(await following.MoveNextAsync());
        process.Exit(0);
        while (await following.MoveNextAsync()) Assert.NotNull(following.Current);
    }

    private static async Task<Principal> MemberAsync(TerminalHub hub, string role)
    {
        var account = Ids.New("acc");
        await hub.Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("insert into accounts (id, name, role, created_at) values (@account, 'Other', 'member', hub_now())", new { account }, default);
            await new MemberStore().AddAsync(t, hub.Workspace, account, role, default);
            return true;
        });
        return TestPrincipals.Person(account) with { AuthSessionId = null };
    }

    private static async Task<IReadOnlyList<string>> HowAsync(TerminalHub hub)
    {
        var rows = (await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/audit?workspace_id={hub.Workspace}&tool=session.control"))["items"]!.AsArray();
        return [.. rows.Select(r => r!["data"]!["how"]!.GetValue<string>()).Reverse()];
    }
}
