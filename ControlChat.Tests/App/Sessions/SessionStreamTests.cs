using System.Net;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A session's events over SSE where nobody works on it but the test.</summary>
public sealed class SessionStreamTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var workspace = Ids.New(WorkspaceId.Prefix);
        await Database.WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], _hub.Person.AccountId, null, default);
            return true;
        });
        _id = (await SessionBench.StartedAsync(Database, SessionBench.Asked(_hub.Person.AccountId, workspace))).Session.Id;
        await Database.WriteAsync(t => new SessionStore().AppendAsync(t, _id, null, [new SessionEvent(SessionEvents.System, new() { ["text"] = "one" })], default));
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task The_stream_of_a_session_whose_events_were_removed_ends()
    {
        using var open = await OpenAsync(after: 0);
        using var reader = new StreamReader(await open.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line && !line.StartsWith("data: ", StringComparison.Ordinal))
        {
        }
        // Its end passed by unseen, and is not among the events any more.
        await Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("delete from session_events where session_id = @_id", new { _id }, default);
            return await t.ExecuteAsync("update sessions set state = 'ended', end_reason = 'stopped', ended_at = hub_now(), last_seq = 9, transcript_removed_at = hub_now() where id = @_id", new { _id }, default);
        });
        await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        // It comes again by itself, and is told not to.
        foreach (var after in new[] { 0, 1 })
        {
            using var again = await OpenAsync(after);
            Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        }
    }

    private HubDatabase Database => _hub.Services.GetRequiredService<HubDatabase>();

    private Task<HttpResponseMessage> OpenAsync(int after) => _hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{_id}/events?after={after}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
}
