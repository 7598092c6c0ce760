using System.Buffers;

namespace ControlChat.Core.Conversations;

internal static class RequestIds
{
    private static readonly SearchValues<char> Legal = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");

    public static bool AreValid(string? requestId) =>
        requestId is { Length: >= 8 and <= 128 } && !requestId.AsSpan().ContainsAnyExcept(Legal);
}
