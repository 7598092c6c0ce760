using System.Net.WebSockets;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>A hub with one terminal session of the signed-in person, whose terminal is a fake.</summary>
internal sealed class StreamBench : IAsyncDisposable
{
    public const string Protocol = "controlchat.v1";
    private readonly List<StreamClient> _clients = [];

    private StreamBench(TestHub hub, FakeTerminals terminals) => (Hub, Terminals) = (hub, terminals);

    public TestHub Hub { get; }

    public FakeTerminals Terminals { get; }

    public FakeTerminal Terminal { get; private set; } = null!;

    public HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    public string Workspace { get; } = Ids.New(WorkspaceId.Prefix);

    public string Session { get; private set; } = "";

    /// <param name="begun">Whether its terminal is at work already.</param>
    public static async Task<StreamBench> StartAsync(TimeProvider? time = null, string[]? args = null, bool begun = true)
    {
        var terminals = new FakeTerminals();
        var hub = await TestHub.StartAsync(time, args, services => services.Replace(ServiceDescriptor.Singleton<ITerminals>(terminals)).Replace(ServiceDescriptor.Singleton<IEndedTerminals>(terminals)));
        var bench = new StreamBench(hub, terminals);
        try
        {
            await bench.Database.WriteAsync(async t =>
            {
                await new WorkspaceStore().InsertAsync(t, bench.Workspace, "Place", [], hub.Person.AccountId, null, default);
                return true;
            });
            bench.Session = await bench.BeginAsync(SessionMode.Terminal);
            if (begun) bench.Terminal = terminals.Begin(bench.Session);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public async Task<string> BeginAsync(string mode) =>
        (await SessionBench.StartedAsync(Database, SessionBench.Asked(Hub.Person.AccountId, Workspace) with { Mode = mode })).Session.Id;

    public void Begin() => Terminal = Terminals.Begin(Session);

    /// <summary>A client with an API token of another account.</summary>
    public async Task<HttpClient> MemberAsync(string? role, TokenScopes scopes = TokenScopes.All)
    {
        var account = Ids.New("acc");
        await Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@account, @account, @email, 'member', hub_now())", new { account, email = $"{account}@example.org" }, default);
            if (role is not null)
                await t.ExecuteAsync("insert into workspace_members (workspace_id, account_id, role, state, updated_at) values (@Workspace, @account, @role, 'active', hub_now())", new { Workspace, account, role }, default);
            return true;
        });
        var (_, secret) = await Hub.Services.GetRequiredService<ApiTokens>().CreateAsync(account, new ApiTokenRequest("test", scopes), AccountActor.Hub, default);
        var client = Hub.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        return client;
    }

    public async Task<string> TicketAsync(HttpClient? by = null, string access = "view")
    {
        var (status, body) = await TestHub.PostAsync(by ?? Hub.Browser, $"/api/v1/sessions/{Session}/ticket", new { access });
        Assert.True(status == 200, body.ToJsonString());
        return body["ticket"]!.GetValue<string>();
    }

    /// <summary>Connects as the signed-in browser does, or with what a client sends.</summary>
    public async Task<StreamClient> ConnectAsync(HttpClient? by = null, string query = "")
    {
        var (status, client) = await TryAsync(by ?? Hub.Browser, query);
        Assert.Equal(101, status);
        return client!;
    }

    /// <summary>A client in control.</summary>
    public async Task<StreamClient> ControllingAsync()
    {
        var client = await ConnectAsync();
        await client.NextAsync("state", s => s["at_work"]!.GetValue<bool>());
        await client.SendAsync(new { v = 1, t = "take_control" });
        await client.NextAsync("state", s => s["you_control"]!.GetValue<bool>());
        return client;
    }

    public async Task<(int Status, StreamClient? Client)> TryAsync(HttpClient by, string query = "", string? session = null, string? protocol = Protocol, string? origin = null)
    {
        var (status, socket) = await OpenAsync(by, query, session, protocol, origin);
        if (socket is null) return (status, null);
        var client = new StreamClient(socket);
        _clients.Add(client);
        return (101, client);
    }

    /// <summary>A connection that nobody reads yet.</summary>
    public async Task<(int Status, ClientWebSocket? Socket)> OpenAsync(HttpClient by, string query = "", string? session = null, string? protocol = Protocol, string? origin = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (protocol is not null) socket.Options.AddSubProtocol(protocol);
        foreach (var name in new[] { "Cookie", "Authorization" })
            if (by.DefaultRequestHeaders.TryGetValues(name, out var values)) socket.Options.SetRequestHeader(name, values.Single());
        if ((origin ?? (by.DefaultRequestHeaders.Contains("Cookie") ? Hub.Url : null)) is { } from) socket.Options.SetRequestHeader("Origin", from);
        try
        {
            await socket.ConnectAsync(new Uri($"{Hub.Url.Replace("http", "ws", StringComparison.Ordinal)}/api/v1/sessions/{session ?? Session}/stream{query}"), default);
        }
        catch (WebSocketException)
        {
            var status = (int)socket.HttpStatusCode;
            socket.Dispose();
            return (status, null);
        }
        return (101, socket);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Hub.DisposeAsync();
    }
}
