using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Webhooks;

/// <summary>The header by which a receiver knows that a delivery is the hub's and of now.</summary>
internal static class WebhookSignature
{
    /// <returns><c>t=UNIX,v1=HEX</c>: HMAC-SHA256 with the secret over the time in seconds, a point, and the body as it is sent, all in UTF-8.</returns>
    public static string Of(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes(time + "."));
        hash.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
