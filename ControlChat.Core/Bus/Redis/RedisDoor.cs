using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace ControlChat.Core.Bus.Redis;

/// <summary>
/// Knocks once at start, by hand, because the client answers a refused password like a server that is away. Only what the operator
/// must change is a fault; a server that cannot be reached now may come later.
/// </summary>
internal sealed class RedisDoor(RedisPlace place, RedisTiming timing, TimeProvider time)
{
    private const int FirstVersion = 7;

    private const string NoTls = "Bus:Redis:Tls is 'true' and the server at Bus:Redis:Endpoint speaks no TLS; use a server with TLS, or 'false'.";
    private const string OnlyTls = "Bus:Redis:Tls is 'false' and the server at Bus:Redis:Endpoint speaks TLS there; use 'true', or a port without TLS.";

    /// <returns>One line naming the setting, or null. Anybody may read it: it names no place and no secret.</returns>
    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await InTimeAsync(KnockAsync, cancellationToken);
        }
        catch (AuthenticationException e)
        {
            // A plain server's words of refusal are no TLS either.
            return await SpeaksPlainlyAsync(cancellationToken) ? NoTls : $"Bus:Redis:Tls is 'true' and the server at Bus:Redis:Endpoint offers no certificate this machine trusts ({e.Message}); use a server with TLS, or 'false'.";
        }
        catch (Exception e) when (IsAway(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (place.Tls) return await SpeaksPlainlyAsync(cancellationToken) ? NoTls : null;
            return await SpeaksTlsAsync(cancellationToken) ? OnlyTls : null;
        }
    }

    // It may say nothing to a greeting of TLS, for whose end it waits, and so look like one that is away.
    private async Task<bool> SpeaksPlainlyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await InTimeAsync(async token =>
            {
                using var socket = await ConnectAsync(token);
                return IsRedis(await AskAsync(socket.GetStream(), ["PING"], token));
            }, cancellationToken);
        }
        catch (Exception e) when (IsAway(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    // Whether it shows a certificate, which is looked at and refused: nothing is said over it.
    private async Task<bool> SpeaksTlsAsync(CancellationToken cancellationToken)
    {
        var shown = false;
        try
        {
            await InTimeAsync(async token =>
            {
                using var socket = await ConnectAsync(token);
                await using var stream = new SslStream(socket.GetStream());
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = Host,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        shown = certificate is not null;
                        return false;
                    },
                }, token);
                return true;
            }, cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException || IsAway(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        return shown;
    }

    private static bool IsRedis(string answer) => answer is ['+' or '-', ..];

    private static bool IsAway(Exception fault) => fault is SocketException or IOException or OperationCanceledException;

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timing.Call, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await ask(either.Token);
    }

    private string Host => place.Endpoint[..place.Endpoint.LastIndexOf(':')].Trim('[', ']');

    private async Task<TcpClient> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(Host, int.Parse(place.Endpoint[(place.Endpoint.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<string?> KnockAsync(CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(cancellationToken);
        await using var stream = place.Tls ? new SslStream(socket.GetStream()) : (Stream)socket.GetStream();
        if (stream is SslStream tls) await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = Host }, cancellationToken);
        var answer = await AskAsync(stream, ["PING"], cancellationToken);
        // One that waits for a greeting of TLS may answer that, and not ours.
        if (!IsRedis(answer)) throw new IOException("The server is no Redis.");
        var open = answer.StartsWith("+PONG", StringComparison.Ordinal);
        if (open && !place.AllowNoPassword)
            return "Bus:Redis:Endpoint leads to a server that lets everybody in without a password; set 'requirepass' there and Bus__Redis__Password here, or Bus:Redis:AllowNoPassword to true.";
        if (answer.StartsWith("-DENIED", StringComparison.Ordinal))
            return "Bus:Redis:Endpoint leads to a server in protected mode, which serves its own machine only; set 'requirepass' there and Bus__Redis__Password here.";
        // One that loads its rows, or is in any other way not ready, asks for no password.
        var closed = answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        if (closed && place.Password is null)
            return "Bus:Redis:Password is not set and the server at Bus:Redis:Endpoint asks for one; set the environment variable Bus__Redis__Password.";
        if (closed && !(await AskAsync(stream, ["AUTH", place.Password!], cancellationToken)).StartsWith("+OK", StringComparison.Ordinal))
            return "Bus:Redis:Password is refused by the server at Bus:Redis:Endpoint; use the password of its default user ('requirepass').";
        return Version(await AskAsync(stream, ["INFO", "server"], cancellationToken)) is { } version && version < FirstVersion
            ? $"Bus:Redis:Endpoint leads to a server that is Redis {version}; use Redis {FirstVersion} or newer."
            : null;
    }

    // *2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n · https://redis.io/docs/latest/develop/reference/protocol-spec/
    private static async Task<string> AskAsync(Stream stream, string[] words, CancellationToken cancellationToken)
    {
        var request = string.Create(CultureInfo.InvariantCulture, $"*{words.Length}\r\n")
            + string.Concat(words.Select(word => string.Create(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n")));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
        var answer = new byte[8192];
        var length = 0;
        // The longest answer asked for here comes in one piece or two; what is looked for stands in its beginning.
        do
        {
            var read = await stream.ReadAsync(answer.AsMemory(length), cancellationToken);
            if (read == 0) throw new IOException("The server closed the connection.");
            length += read;
        }
        while (length < 256 && answer[0] == '$');
        return Encoding.UTF8.GetString(answer, 0, length);
    }

    private static int? Version(string info)
    {
        const string Name = "redis_version:";
        var at = info.IndexOf(Name, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(info[(at + Name.Length)..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
