using ControlChat.Core.Bus;
using Xunit;

namespace ControlChat.Tests.Core.Bus;

public sealed class SeedChannelsTests
{
    [Theory]
    [InlineData("agent:chat:run-1:ses_1", "chat:ses_1")]
    [InlineData("agent:response:run-1:ses_1", "stream:ses_1")]
    [InlineData("agent_chat-ses_1", "chat:ses_1")]
    [InlineData("agent_response-0190-aa", "stream:0190-aa")]
    [InlineData("agent:chat:run-1:", null)]
    [InlineData("agent:chat:ses_1", null)]
    [InlineData("agent:shout:run-1:ses_1", null)]
    [InlineData("agent_chat-", null)]
    [InlineData("chat:ses_1", null)]
    public void Both_forms_of_the_first_channel_names_stand_for_a_topic(string channel, string? topic) => Assert.Equal(topic, SeedChannels.TopicOf(channel));
}
