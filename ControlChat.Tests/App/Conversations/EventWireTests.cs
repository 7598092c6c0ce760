using System.Text.Json;
using ControlChat.App.Conversations;
using ControlChat.Core.Conversations;
using Xunit;

namespace ControlChat.Tests.App.Conversations;

/// <summary>Stored events as one line of JSON, in which no field stands twice.</summary>
public sealed class EventWireTests
{
    [Theory]
    [InlineData(ConversationEvents.SessionEvent, """{"session_id":"ags_1","seq":3,"type":"state","data":{}}""", "state")]
    [InlineData(ConversationEvents.HandoffStarted, """{"session_id":"ags_1","capsule":{}}""", "handoff_started")]
    [InlineData(ConversationEvents.RunStarted, "{}", "run_started")]
    public void The_type_that_is_read_is_the_one_of_the_contract(string type, string data, string read)
    {
        using var line = JsonDocument.Parse(EventWire.Data(new StoredEvent(7, "run_1", type, data, DateTimeOffset.UnixEpoch)), new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal((read, "run_1"), (line.RootElement.GetProperty("type").GetString(), line.RootElement.GetProperty("run_id").GetString()));
    }
}
