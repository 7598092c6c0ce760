namespace ControlChat.App.Api;

/// <summary>Ends a request with a ProblemDetails answer; the message is for the caller.</summary>
/// <param name="status">The HTTP status, 400 or above.</param>
/// <param name="code">Stable, such as <c>not_found</c>.</param>
/// <param name="message">The fact, then what to do.</param>
public sealed class ApiException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Seconds for a <c>Retry-After</c> header, or null.</summary>
    public int? RetryAfter { get; init; }

    public static ApiException Unauthenticated() => new(401, "unauthenticated", "Sign in, or send an API token as 'Authorization: Bearer cct_…'.");

    /// <summary>For what does not exist and for what the caller may not see: both answer alike.</summary>
    public static ApiException NotFound(string message = "There is nothing here.") => new(404, "not_found", message);

    public static ApiException Invalid(string message) => new(422, "invalid", message);

    public static ApiException Denied(string message) => new(403, "denied", message);
}
