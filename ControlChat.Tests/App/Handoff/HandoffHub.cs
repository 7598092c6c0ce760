using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Tests.App.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Handoff;

/// <summary>A hub with the real CLI, and one conversation of its person, whose messages count as typed in the page.</summary>
internal sealed class HandoffHub : IAsyncDisposable
{
    private HandoffHub(SessionHub sessions) => Sessions = sessions;

    public SessionHub Sessions { get; }

    public TestHub Hub => Sessions.Hub;

    public ScriptedModel.ScriptedModelServer Model => Sessions.Bench.Model;

    public string Conversation { get; private set; } = "";

    public static async Task<HandoffHub> StartAsync(params string[] args)
    {
        var hub = new HandoffHub(await SessionHub.StartAsync(args));
        hub.Conversation = (string)(await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/conversations")).Body["id"]!;
        return hub;
    }

    /// <returns>The run.</returns>
    public async Task<string> SayAsync(string text) => Assert.IsType<PostResult.Accepted>(
        await Hub.Services.GetRequiredService<ConversationService>().PostAsync(Hub.Person, Conversation, new PostedMessage(text, Ids.New("req"), "ui"), default)).RunId;

    /// <summary>Every stored event of the conversation so far, of one type.</summary>
    public async Task<IReadOnlyList<JsonObject>> EventsAsync(string type)
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return [.. (await Hub.Services.GetRequiredService<IConversationLog>().ReadAsync(reader, Conversation, 0, 1000, default)).Where(e => e.Type == type).Select(e => JsonNode.Parse(e.Data)!.AsObject())];
    }

    public async Task<JsonObject> FirstAsync(string type)
    {
        try
        {
            return await Waiting.ForAsync(async () => await EventsAsync(type) is [var first, ..] ? first : null, TimeSpan.FromSeconds(90), $"the conversation has {type}");
        }
        catch (TimeoutException e)
        {
            var all = string.Join('\n', (await Task.WhenAll(new[] { "message", "tool_finished", "handoff_started", "session_event" }.Select(EventsAsync))).SelectMany(x => x).Select(x => x.ToJsonString()));
            throw new TimeoutException($"{e.Message}\n{all}", e);
        }
    }

    /// <summary>Hands a task over by a command, and waits for its session.</summary>
    /// <returns>The session.</returns>
    public async Task<string> HandOverAsync(string task)
    {
        await SayAsync($"/handoff Place to {task}");
        return (string)(await FirstAsync("handoff_started"))["session_id"]!;
    }

    public ValueTask DisposeAsync() => Sessions.DisposeAsync();
}
