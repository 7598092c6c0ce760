using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using ControlChat.Tests.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A terminal of one process, seen from another: two of one hub, with a real Redis and PostgreSQL between them, and somebody who can write to that Redis.</summary>
[Collection(TerminalCollection.Name)]
public sealed class TerminalLinkTests
{
    [Fact]
    public async Task A_viewer_at_another_node_sees_types_resizes_and_is_told_when_its_node_dies()
    {
        await using var nodes = await HubNodes.MakeAsync(("Sessions:Terminal:Commands:0", "bash"));
        var first = await nodes.StartAsync();
        using var owner = await HubClient.SignInAsync(first);
        var workspace = (await owner.CallAsync("workspace.create", new JsonObject { ["title"] = "Place" })).Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>().Split('/')[1];
        var asked = new JsonObject { ["request_id"] = "req-links-1", ["workspace_id"] = workspace, ["mode"] = "terminal", ["command"] = new JsonArray("bash") };
        var id = (await owner.PostAsync("/api/v1/sessions", asked)).Field("id")!;
        await Waiting.UntilAsync(async () => (await owner.GetAsync($"/api/v1/sessions/{id}")).Field("state") == "running");
        var second = await nodes.StartAsync();
        using var viewer = await HubClient.SignInAsync(second);

        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddBus(_ => nodes.Redis.Place).BuildServiceProvider();
        var bus = services.GetRequiredService<IBus>();
        using var over = new CancellationTokenSource();
        var heard = new List<BusMessage>();
        var listening = ListenAsync(bus, id, heard, over.Token);

        await using var stream = await TerminalStream.OpenAsync(viewer, second.Url, id);
        await stream.UntilAsync("out");
        await stream.TypeAsync("echo typed''there\r");
        await stream.UntilPrintedAsync("typedthere\r\n");
        await stream.SendAsync(new JsonObject { ["v"] = 1, ["t"] = "resize", ["cols"] = 101, ["rows"] = 33 });
        await stream.UntilAsync(f => f["t"]!.GetValue<string>() == "state" && f["size"]?["cols"]?.GetValue<int>() == 101);
        await stream.TypeAsync("stty size\r");
        await stream.UntilPrintedAsync("33 101\r\n");
        await Waiting.UntilAsync(() => Count(heard) > 4);

        // What was heard is played again, and what was never said is made up.
        List<BusMessage> played;
        lock (heard) played = [.. heard];
        Assert.DoesNotContain(played, m => m.Payload.Contains(id, StringComparison.Ordinal) || m.Payload.Contains("acc_", StringComparison.Ordinal));
        var made = new JsonObject { ["kind"] = "in", ["link"] = "x", ["n"] = 9, ["data"] = Convert.ToBase64String("echo for''ged\r"u8) }.ToJsonString();
        foreach (var payload in played.Select(m => m.Payload).Concat([made, "v1." + Convert.ToBase64String(new byte[200]), "{", ""]))
            await bus.AppendAsync(Topics.TerminalAsks(id), BusMessage.New(payload), default);
        await stream.TypeAsync("echo be''hind\r");
        await stream.UntilPrintedAsync("behind\r\n");
        var printed = System.Text.Encoding.UTF8.GetString(stream.Printed().Span);
        Assert.DoesNotContain("forged", printed, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(printed, "typedthere\r\n"));

        await first.KillAsync();
        var ended = await stream.UntilAsync("ended", TimeSpan.FromSeconds(60));
        Assert.Equal("worker_lost", ended["reason"]!.GetValue<string>());
        await over.CancelAsync();
        await listening;
    }

    private static async Task ListenAsync(IBus bus, string id, List<BusMessage> heard, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in bus.TailAsync(Topics.TerminalAsks(id), null, cancellationToken))
                lock (heard) heard.Add(entry.Message);
        }
        catch (OperationCanceledException)
        {
            // Enough was heard.
        }
    }

    private static int Count(List<BusMessage> heard)
    {
        lock (heard) return heard.Count;
    }
}
