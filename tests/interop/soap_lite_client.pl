#!/usr/bin/perl
# Plays what is particular about Perl's SOAP::Lite, which guesses the types of values: a call without arguments, guessed
# types, text that it would encode, a typed fault.
#
# usage: soap_lite_client.pl ENDPOINT
#    eg: soap_lite_client.pl http://127.0.0.1:8080/vbs
#
# Works with any VBS Service. Deletes what it created. Exits 1 at the first difference.
use strict;
use warnings;
use utf8;
use SOAP::Lite;

my $checks = 0;

sub equal {
    my ($actual, $expected, $what) = @_;
    $checks++;
    die "$what: expected $expected, got " . ($actual // 'nothing') . "\n" if ($actual // '') ne $expected;
}

die "usage: soap_lite_client.pl ENDPOINT\n" if @ARGV != 1;
my $vbs = SOAP::Lite->proxy($ARGV[0])->default_ns('urn:vbs:service:1');
$vbs->on_fault(sub { my ($soap, $answer) = @_; die $soap->transport->status . "\n" unless ref $answer; return $answer });

sub call {
    my ($operation, @arguments) = @_;
    my $answer = $vbs->call($operation, map { SOAP::Data->name(@$_) } @arguments);
    die "$operation: " . $answer->faultstring . "\n" if $answer->fault;
    return $answer;
}

sub faultOf {
    my ($operation, @arguments) = @_;
    my $answer = $vbs->call($operation, map { ref $_ eq 'ARRAY' ? SOAP::Data->name(@$_) : $_ } @arguments);
    die "$operation: expected a fault\n" unless $answer->fault;
    return $answer;
}

eval {
    call('describeVolumes');    # as xsi:nil
    my $comment = 'Perl: 42';
    my $volume = call('createVolume', [size => 1], [comment => $comment])->valueof('//createVolumeResponse/volume');
    equal($volume->{comment}, $comment, 'comment');
    equal($volume->{sizeGiB}, 1, 'size');
    my $second = call('createVolume', [size => 1], [comment => 42])->valueof('//createVolumeResponse/volume');    # as xsd:int
    equal($second->{comment}, 42, 'a comment that looks like a number');

    my $encoded = faultOf('createVolume', [size => 1], SOAP::Data->name(comment => 'aGk=')->type('base64Binary'));
    equal($encoded->faultdetail->{vbsFault}{code}, 'InvalidParameter', 'the code for text that is encoded');
    my $third = $vbs->call('createVolume', SOAP::Data->name(size => 1),
        SOAP::Data->name(comment => "h\x{e9}llo \x{1f600}")->type('string'))->valueof('//createVolumeResponse/volume');
    equal($third->{comment}, "h\x{e9}llo \x{1f600}", 'a comment in UTF-8');

    my $fault = faultOf('detachVolume', [volumeId => 'vol-00000000'], [force => 0]);    # force as xsd:int
    equal($fault->faultdetail->{vbsFault}{code}, 'VolumeNotFound', 'the code for an unknown volume');
    call('deleteVolume', [volumeId => $_->{volumeId}]) for $volume, $second, $third;
    1;
} or do {
    print STDERR "SOAP::Lite: $@";
    exit 1;
};
print "SOAP::Lite: $checks checks passed\n";
