using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>What a Redis says at the door that a real one says only for a moment, or only to other machines.</summary>
public sealed class RedisDoorTests
{
    [Theory]
    [InlineData("-LOADING Redis is loading the dataset in memory", null)]
    [InlineData("-MASTERDOWN Link with MASTER is down", null)]
    [InlineData("-NOAUTH Authentication required.", "Bus:Redis:Password is not set")]
    [InlineData("-DENIED Redis is running in protected mode", "protected mode")]
    public async Task Only_a_server_that_wants_a_password_is_said_to_want_one(string answer, string? words)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = AnswerAsync(server, answer);
        var place = new RedisPlace(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}"), false, null, true, 0);
        var fault = await new RedisDoor(place, new RedisTiming(), TimeProvider.System).FaultAsync(CancellationToken.None);
        if (words is null) Assert.Null(fault);
        else Assert.Contains(words, fault, StringComparison.Ordinal);
        server.Stop();
        await serving;
    }

    // The same to whatever is asked.
    private static async Task AnswerAsync(TcpListener server, string answer)
    {
        try
        {
            using var client = await server.AcceptTcpClientAsync(CancellationToken.None);
            var buffer = new byte[256];
            while (await client.GetStream().ReadAsync(buffer, CancellationToken.None) > 0) await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), CancellationToken.None);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // The door is done with it.
        }
    }
}
