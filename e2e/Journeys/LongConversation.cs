using System.Text.Json.Nodes;
using ControlChat.Harness;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>A conversation with more messages than a page begins with: each is a question and its answer.</summary>
internal static class LongConversation
{
    private const int Questions = 17;

    /// <param name="conversation">The id of one that has a single question so far.</param>
    public static async Task FillAsync(HubProcess hub, string conversation)
    {
        var (code, output, errors) = await hub.RunAsync("token", "create", "--name", "filler", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var token = HubClient.WithToken(hub.Url, output.Trim());
        for (var n = 1; n <= Questions; n++)
        {
            Assert.Equal(202, (await token.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = $"/help {n}", ["request_id"] = $"filler-{n:0000}" })).Status);
            var count = 2 * (n + 1);
            Assert.True(await Soon.HoldsAsync(async () => (await token.GetAsync($"/api/v1/conversations/{conversation}")).Json["messages"]!.AsArray().Count == count), $"no answer to message {n}");
        }
    }
}
