namespace ControlChat.Core.Settings;

/// <summary>Where people reach this hub; the listening side fills it in once it knows the port.</summary>
public sealed class HubAddress
{
    /// <summary>Absolute http(s) URL without a trailing slash.</summary>
    public string PublicUrl { get; set; } = "http://127.0.0.1";

    public string Approval(string approvalId) => $"{PublicUrl}/approvals/{approvalId}";
}
